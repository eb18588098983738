"""One JavaScript module a widget, put together from the plain files in static/: no bundler, no CDN.

The files import each other as `import { a } from "./common.js";`, which editors and Node understand. Jupyter loads a
widget's module from a string, where relative imports lead nowhere, so the imported files are laid in front instead,
each once. For that the files share one rule: an exported name is used by one file only.
"""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import\s+\{[^}]*\}\s+from\s+"\./([\w.]+)";\n', re.MULTILINE)


@cache
def script(stem):
    """The whole module of a widget: static/<stem>.js with what it imports in front of it.

    >>> "export default" in script("token_view")
    True
    """
    return "\n".join(_IMPORT.sub("", _source(name)) for name in _files(stem))


@cache
def style(stem):
    """The style sheet of a widget: what all share, then that of each of its files, its own at the end."""
    names = dict.fromkeys(["common.js", *_files(stem)])
    sheets = [STATIC / name.replace(".js", ".css") for name in names]
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())


@cache
def _files(stem):
    """The names of a widget's JavaScript files, each once and after those that it imports."""
    names = []

    def collect(name):
        if name not in names:
            for imported in _IMPORT.findall(_source(name)):
                collect(imported)
            names.append(name)

    collect(f"{stem}.js")
    return names


def _source(name):
    return (STATIC / name).read_text(encoding="utf-8")

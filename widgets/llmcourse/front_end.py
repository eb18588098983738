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
    parts = []
    _collect(f"{stem}.js", parts, set())
    return "\n".join(parts)


@cache
def style(stem):
    """The style sheet of a widget: what all share, then its own static/<stem>.css if there is one."""
    own = STATIC / f"{stem}.css"
    common = (STATIC / "common.css").read_text(encoding="utf-8")
    return common + (own.read_text(encoding="utf-8") if own.exists() else "")


def _collect(name, parts, seen):
    if name in seen:
        return
    seen.add(name)
    source = (STATIC / name).read_text(encoding="utf-8")
    for imported in _IMPORT.findall(source):
        _collect(imported, parts, seen)
    parts.append(_IMPORT.sub("", source))

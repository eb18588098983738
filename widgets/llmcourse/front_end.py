"""One JavaScript module a widget, put together from the plain files in static/: no bundler, no CDN.

The files import each other as `import { a } from "./common.js";` or `import tokenView from "./token_view.js";`, which
editors and Node understand. Jupyter loads a widget's module from a string, where relative imports lead nowhere, so the
imported files are laid in front instead, each once and each in a function of its own: equal names never meet.
"""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import\s+(\{[^}]*\}|\w+)\s+from\s+"\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (.+);$", re.MULTILINE)


@cache
def script(stem):
    """The whole module of a widget: static/<stem>.js with what it imports in front of it, standing on stage.js.

    >>> "export default" in script("token_view")
    True
    """
    staged = f"export default {{ render: scope_stage.onStage({_scope(stem)}.standard.render) }};\n"
    return "".join(map(_scoped, _files(stem))) + staged


@cache
def style(stem):
    """The style sheet of a widget: what all share, then that of each of its files, its own at the end."""
    sheets = [STATIC / name.replace(".js", ".css") for name in _files(stem)]
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())


@cache
def _files(stem):
    """The names of a widget's JavaScript files, each once and after those that it imports."""
    names = []

    def collect(name):
        if name not in names:
            for _, imported in _IMPORT.findall(_source(name)):
                collect(imported)
            names.append(name)

    collect("stage.js")
    collect(f"{stem}.js")
    return names


def _scoped(name):
    """A file as `const scope_<file> = (() => { … return its exports; })();`: its other names stay its own."""
    source = _IMPORT.sub(_take, _source(name))
    exported = _EXPORT.findall(source)
    source, standard = _DEFAULT.subn(r"const standard = \1;", _EXPORT.sub("", source))
    names = ", ".join(exported + ["standard"] * standard)
    return f"const {_scope(name)} = (() => {{\n{source}return {{ {names} }};\n}})();\n"


def _take(match):
    names, imported = match.groups()
    if not names.startswith("{"):
        names = f"{{ standard: {names} }}"
    return f"const {names.replace(' as ', ': ')} = {_scope(imported)};\n"


def _scope(name):
    return "scope_" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _source(name):
    return (STATIC / name).read_text(encoding="utf-8")

"""The deployment files beside this module, held against written-down schemas: a dry run without a cluster."""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "deploy"
INSTRUCTIONS = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


def findings(name, text=None):
    """What is wrong with one of the files: a list of sentences, empty where nothing is.

    name: such as "compose.yaml" or "Dockerfile"; text: another text to judge in its place.

    >>> findings("vllm.yaml", "model: x\\nport: 99999")
    ['port: 99999 is greater than the maximum of 65535']
    """
    text = (FOLDER / name).read_text(encoding="utf-8") if text is None else text
    if name == "Dockerfile":
        return _dockerfile(text)
    import yaml
    from jsonschema import Draft202012Validator

    schema = json.loads((FOLDER / "schemas.json").read_text(encoding="utf-8"))[name]
    validator = Draft202012Validator(schema)
    return [
        f"{'.'.join(map(str, problem.absolute_path)) or 'the file'}: {problem.message}"
        for document in yaml.safe_load_all(text)
        for problem in validator.iter_errors(document)
    ]


def _dockerfile(text):
    """The few rules that matter: known instructions, a pinned base, not root, a health check, signals that arrive."""
    joined = re.sub(r"\\\n", " ", text)
    lines = [line.split(None, 1) for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    told = {}
    for word, rest in lines:
        told.setdefault(word, []).append(rest)
    wrong = [f"{word} is no instruction" for word in told if word not in INSTRUCTIONS]
    if ":" not in told.get("FROM", [""])[0]:
        wrong.append("FROM must name a version")
    if told.get("USER", ["root"])[-1] == "root":
        wrong.append("USER must not be root")
    if "HEALTHCHECK" not in told:
        wrong.append("HEALTHCHECK is missing")
    if not told.get("CMD", [""])[-1].startswith("["):
        wrong.append("CMD must be a list, or a shell stands between the signal and the server")
    return wrong

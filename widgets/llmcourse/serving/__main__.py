"""`python -m llmcourse.serving`: one command, from model to API."""

import json
import sys

from .api_keys import hash_key, new_key
from .config import from_command_line
from .server import run


def main(arguments=None):
    """Serve, or make a key; returns the exit status."""
    try:
        config, name = from_command_line(arguments)
        if name:
            key = new_key()
            print(f"Key (shown only now): {key}\nLine for the key file:  {json.dumps({name: hash_key(key)})}")
            return 0
        run(config)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

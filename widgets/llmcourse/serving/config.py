"""What can be set, from the command line or in code; every default is the careful one."""

import argparse
import ipaddress
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class ServerConfig:
    """A server's settings. Raises ValueError for an address that others reach without any API key.

    >>> ServerConfig().host
    '127.0.0.1'
    """

    engine: str = "llama"  # llama, llama.cpp, upstream (vLLM and others, by address), tiny
    model: str = ""  # a folder, or a .gguf file; empty: the embedded model
    dtype: str = "int8-steady"  # of the course's Llama
    host: str = "127.0.0.1"
    port: int = 8000
    slots: int = 4  # answers written at once
    queue: int = 16  # answers that may wait besides
    context: int = 1024  # tokens of prompt and answer together
    policy: str = "continuous"
    threads: int = 1
    keys: str = ""  # JSON file of names and hashes; empty: no key is asked for
    requests_per_minute: int = 600
    tokens_per_minute: int = 200_000
    max_body: int = 1_000_000  # bytes
    timeout: float = 120.0  # seconds for a whole answer
    grace: float = 10.0  # seconds that running answers get when the server is told to stop
    upstream: str = ""
    upstream_model: str = ""
    upstream_key: str = ""
    log_text: bool = False  # prompts and answers into the log: only where their owners know

    def __post_init__(self):
        if not self.keys and not is_loopback(self.host):
            raise ValueError(f"host {self.host} lets others in: give `keys` (--new-key makes one), or take 127.0.0.1.")
        for name in ("slots", "context", "threads", "requests_per_minute", "tokens_per_minute", "max_body"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)}.")
        if self.queue < 0:
            raise ValueError(f"queue must not be negative; got {self.queue}.")


def is_loopback(host):
    """Whether only this machine can reach an address.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parser():
    """The command line: an option for each setting."""
    made = argparse.ArgumentParser("llmcourse.serving", description="An OpenAI-compatible server for language models.")
    made.add_argument("--new-key", metavar="NAME", help="make an API key, print it once with its line for the key file")
    for field in fields(ServerConfig):
        option = "--" + field.name.replace("_", "-")
        if field.type is bool:
            made.add_argument(option, action="store_true")
        else:
            made.add_argument(option, type=field.type, default=field.default, help=f"default: {field.default!r}")
    return made


def from_command_line(arguments=None):
    """(ServerConfig, name of a key to make or None)."""
    given = vars(parser().parse_args(arguments))
    new_key = given.pop("new_key")
    return ServerConfig(**given), new_key

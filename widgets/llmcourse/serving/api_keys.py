"""API keys: long random texts of which the server keeps only hashes, compared in constant time."""

import hashlib
import hmac
import json
import secrets
from pathlib import Path

PREFIX = "sk-course-"


def new_key():
    """A key of 256 random bits, to be shown once.

    >>> new_key().startswith("sk-course-")
    True
    """
    return PREFIX + secrets.token_urlsafe(32)


def hash_key(key):
    """What is stored of a key: SHA-256 in hexadecimal.

    A password needs a slow hash, since people choose from few. A key of 256 random bits cannot be guessed through a
    fast one.

    >>> hash_key("sk-course-example")[:8]
    '77aa163c'
    """
    return hashlib.sha256(key.encode()).hexdigest()


class KeyStore:
    """The keys that a server accepts, by name: {name: hash}. An empty store asks nobody for a key.

    >>> store = KeyStore({"alice": hash_key("sk-course-a")})
    >>> store.owner("sk-course-a"), store.owner("sk-course-b")
    ('alice', None)
    """

    def __init__(self, hashes=None):
        self._hashes = dict(hashes or {})
        for name, hashed in self._hashes.items():
            if len(hashed) != 64 or set(hashed) - set("0123456789abcdef"):
                raise ValueError(f"the hash of {name!r} must be 64 hexadecimal digits, as hash_key gives them.")

    @classmethod
    def read(cls, path):
        """The keys of a JSON file {name: hash}. Raises ValueError where it is none."""
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise ValueError(f"the key file {path} must be JSON of names and hashes: {problem}") from problem
        if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
            raise ValueError(f"the key file {path} must hold one object of names and hashes.")
        return cls(told)

    def __bool__(self):
        return bool(self._hashes)

    def owner(self, key):
        """The name whose key this is, or None. Every hash is compared, to the end, whatever was found before."""
        given, found = hash_key(key), None
        for name, hashed in self._hashes.items():
            if hmac.compare_digest(given, hashed):
                found = name
        return found

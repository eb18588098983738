"""On PYTHONPATH, this notes every attempt of a Python process to reach another machine, in NETWORK_LOG.

An audit hook sees what sockets are asked for, also where there is no network and whoever asks. Talk within the machine
(a notebook with its kernel, a server with its own client) is not noted.
"""

import os
import sys

LOCAL = ("localhost", "127.", "::1", "0.0.0.0", "::ffff:127.")
ASKS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto", "socket.sendmsg")


def place(event, arguments):
    """The host and port that an event names, or None where it stays within the machine."""
    address = arguments[1] if event.startswith(("socket.connect", "socket.send")) else arguments[:2]
    if not isinstance(address, tuple) or address[0] in (None, "", b""):  # a path is a Unix socket; no host, this one
        return None
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    return None if host.startswith(LOCAL) else f"{host}:{address[1] if len(address) > 1 else ''}"


def note(event, arguments):
    if event in ASKS and (found := place(event, arguments)):
        line = f"{os.getpid()} {event} {found} {' '.join(sys.argv[:1])}\n"
        log = os.open(os.environ["NETWORK_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, line.encode())  # one write, so that lines of several processes do not mix
        os.close(log)


if os.environ.get("NETWORK_LOG"):
    sys.addaudithook(note)

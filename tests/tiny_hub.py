"""A model hub of one model on this machine: `python tiny_hub.py FOLDER PROGRAM` serves FOLDER as org/tiny to PROGRAM.

It answers as huggingface_hub expects: org/tiny is public, org/gated asks for accepted terms, all else does not exist.
"""

import hashlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0" * 40


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = None

    def do_GET(self):
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"] and parts[2:] in (["org", "tiny"], ["org", "gated"]):
            siblings = [{"rfilename": path.name} for path in self.folder.iterdir()]
            about = {"id": "/".join(parts[2:]), "modelId": "/".join(parts[2:]), "sha": COMMIT, "siblings": siblings}
            self.answer(200, json.dumps(about).encode())
        elif parts[:2] == ["org", "gated"]:
            self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        elif parts[:3] == ["org", "tiny", "resolve"] and (self.folder / parts[-1]).is_file():
            content = (self.folder / parts[-1]).read_bytes()
            etag = hashlib.sha1(content).hexdigest()
            self.answer(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        elif parts[:2] == ["org", "tiny"] or parts[:4] == ["api", "models", "org", "tiny"]:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_GET

    def answer(self, status, content, headers=None):
        self.send_response(status)
        for name, value in {"Content-Length": len(content), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Hub.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"  # read when huggingface_hub is imported
    os.environ["NO_PROXY"] = "127.0.0.1"
    exec(sys.argv[2])

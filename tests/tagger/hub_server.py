"""A model hub on this machine: as much of its protocol as a client needs to download one tiny model."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPO = "tiny/bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HubServer(ThreadingHTTPServer):
    """Serves the files of ``folder`` as the repository ``REPO``, whose branch main is at ``COMMIT``.

    ``asked`` lists the requests; a file named in ``broken`` cannot be had.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.broken: set[str] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def downloaded(self) -> set[str]:
        """The names of the files that were asked for."""
        found = (re.search(r"^GET /.*/resolve/[^/]+/(.+)", line) for line in self.asked)
        return {match[1] for match in found if match}


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(f"{self.command} {path}")
        files = sorted(self.server.folder.iterdir())
        if re.fullmatch(rf"/api/models/{REPO}(/revision/(main|{COMMIT}))?", path):
            names = [{"rfilename": file.name} for file in files]
            self._json(
                {"id": REPO, "modelId": REPO, "sha": COMMIT, "private": False, "tags": [], "siblings": names}
            )
        elif re.fullmatch(rf"/api/models/{REPO}/tree/(main|{COMMIT})", path):
            self._json([_entry(file) for file in files])
        elif match := re.fullmatch(rf"/{REPO}/resolve/(?:main|{COMMIT})/([\w.-]+)", path):
            self._file(self.server.folder / match[1])
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _file(self, file: Path) -> None:
        if not file.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = file.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        headers = {"ETag": tag, "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if file.name in self.server.broken and self.command == "GET":
            self._send(500, b"", {})
            return
        self._send(200, content, headers)

    def _json(self, content: object) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(file: Path) -> dict[str, object]:
    content = file.read_bytes()
    return {
        "type": "file",
        "path": file.name,
        "size": len(content),
        "oid": hashlib.sha1(content).hexdigest(),
    }


@contextmanager
def serving(folder: Path) -> Iterator[HubServer]:
    """Run a hub for as long as the context lasts."""
    server = HubServer(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

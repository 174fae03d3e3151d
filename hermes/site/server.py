"""A web server for one folder that a browser gets as its proxy: whatever a page asks for, it comes from this folder or not at all."""

from __future__ import annotations

import http.server
import mimetypes
import threading
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from hermes.site import links

#: The site's own address for the browser, which trusts this host as it trusts https.
ORIGIN: Final = "http://localhost"
#: The largest file that is sent.
FILE_BYTES: Final = 32 * 1024 * 1024
#: Requests that are noted: a page may make millions.
_NOTED: Final = 200

_TYPES: Final = {
    ".avif": "image/avif", ".css": "text/css", ".html": "text/html", ".htm": "text/html", ".js": "text/javascript",
    ".json": "application/json", ".mjs": "text/javascript", ".otf": "font/otf", ".svg": "image/svg+xml", ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2",
}  # fmt: skip


class SiteServer(http.server.ThreadingHTTPServer):
    """Serves `root`, which may be replaced between two pages."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = Path("/nonexistent")
        self.refused: list[str] = []
        """What pages asked for beyond their site."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def note(self, address: str) -> None:
        """Remember a refused request."""
        if len(self.refused) < _NOTED:
            self.refused.append(address)

    def close(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is ended hangs up in the middle: nothing to tell."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: SiteServer

    def do_GET(self) -> None:
        found = urlsplit(self.path)
        if f"{found.scheme}://{found.netloc}" != ORIGIN:
            self._refuse()
            return
        root = self.server.root
        path = unquote(found.path).lstrip("/")
        if ".." in path.split("/") or "\0" in path:
            self._refuse()
            return
        here = root / path
        if path and not path.endswith("/") and here.is_dir() and (here / "index.html").is_file():
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", "text/plain", location=f"{ORIGIN}/{quote(path)}/")
            return
        choices = links.choices(path)
        file = next((one for name in choices if (one := root / name).is_file() and not one.is_symlink()), None)
        status = HTTPStatus.OK
        if file is None:
            status, file = HTTPStatus.NOT_FOUND, root / "404.html"
        try:
            with file.open("rb") as opened:
                data = opened.read(FILE_BYTES)
        except OSError:
            data = b""
        kind = _TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._answer(status, data, kind)

    do_HEAD = do_GET

    def _refuse(self) -> None:
        self.server.note(self.path)
        self.close_connection = True
        self._answer(HTTPStatus.FORBIDDEN, b"", "text/plain")

    do_CONNECT = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _refuse

    def _answer(self, status: HTTPStatus, data: bytes, kind: str, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""

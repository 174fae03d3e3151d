"""A real HTTP server on loopback that takes posts, and answers or hangs as told."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WebHook:
    """What was posted, and what is answered."""

    def __init__(self) -> None:
        self.posts: list[Any] = []
        """The JSON of each post that was answered with 200."""
        self.refused = 0
        self.status = 200
        self.hangs = threading.Event()
        """Set: a post gets no answer until `close`."""
        self.closing = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/SECRET"


@contextlib.contextmanager
def listening() -> Iterator[WebHook]:
    """The server, on a free port."""
    hook = WebHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.hangs.is_set():
                hook.refused += 1
                hook.closing.wait(60)
                return
            status = hook.status
            if status == 200:
                hook.posts.append(json.loads(body))
            else:
                hook.refused += 1
            self.send_response(status)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"said")

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.closing.set()
        server.shutdown()
        thread.join(60)
        server.server_close()

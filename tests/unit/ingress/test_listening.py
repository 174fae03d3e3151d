"""A server that cannot listen is named by its setting."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from hermes import errors
from hermes.ingress import listening
from hermes.ingress.http.http_server import HttpIngress


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.EADDRINUSE, "x"),
            "web.port: another program listens on 127.0.0.1:8080 already; stop it, or choose another port",
        ),
        (OSError(errno.EACCES, "x"), "web.port: this user may not listen on 127.0.0.1:8080; choose a port above 1023"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "web.host: this machine has no address '127.0.0.1'"),
        (socket.gaierror(-2, "Name or service not known"), "web.host: this machine has no address"),
        (OSError(errno.EMFILE, "x"), f"web: it cannot listen on 127.0.0.1:8080: {os.strerror(errno.EMFILE)}"),
        (OverflowError("port must be 0-65535"), "web: it cannot listen on 127.0.0.1:8080: port must be 0-65535"),
    ],
)
def test_it_says_what_to_do(error: Exception, said: str) -> None:
    assert listening.refusal("web", "127.0.0.1", 8080, error).message.startswith(said)
    assert "[::1]:8080" in listening.refusal("web", "::1", 8080, OSError(errno.EADDRINUSE, "x")).message


async def test_a_port_in_use_and_a_host_that_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            errors.ConfigError, match=rf"^web\.port: another program listens on 127\.0\.0\.1:{port} already"
        ):
            await HttpIngress(app=None, host="127.0.0.1", port=port, section="web").start()
    with pytest.raises(errors.ConfigError, match=r"^http_ingress\.host: this machine has no address '192\.0\.2\.1'"):
        await HttpIngress(app=None, host="192.0.2.1", port=0).start()

"""One request over https. It blocks: it is called in a thread. No redirect is followed, since that would carry a secret elsewhere."""

from __future__ import annotations

import http.client
import ssl
import urllib.parse
from collections.abc import Mapping
from typing import Final

from hermes import errors

#: What is read of an answer.
ANSWER_BYTES: Final = 64 * 1024


def post(url: str, body: str, headers: Mapping[str, str], *, seconds: float) -> tuple[int, bytes]:
    """The status and the beginning of the answer; `seconds` limits each step. Raises `errors.NoAnswer`, which names the host alone.

    The caller has checked that the address is https, or on loopback.
    """
    return _asked("POST", url, body.encode(), headers, seconds)


def get(url: str, *, seconds: float) -> tuple[int, bytes]:
    """The same for a GET."""
    return _asked("GET", url, None, {}, seconds)


def _asked(method: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
    parts = urllib.parse.urlsplit(url)
    host, port = parts.hostname or "", parts.port
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        line = http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    else:
        line = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        line.request(method, path, body, dict(headers))
        answer = line.getresponse()
        return answer.status, answer.read(ANSWER_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise errors.NoAnswer(f"{host} gave no answer: {type(error).__name__}") from error
    finally:
        line.close()

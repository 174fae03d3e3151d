"""Puts the answers of an IMAP server into words for logs, records and people. No I/O.

The errors of imaplib and imap-tools quote it as a Python program would.
"""

from __future__ import annotations

import ast
import imaplib
import re

import imap_tools

from hermes import errors, limits
from hermes.mail.parse import headers

#: "UID command error: BAD [b'what?']".
_REFUSAL = re.compile(r"\w+ command error: (?P<status>NO|BAD) (?P<said>\[.*\])\Z", re.DOTALL)
#: "command: LOGIN => socket error: EOF".
_COMMAND = re.compile(r"command: \w+ => ")
_HUNG_UP = "socket error: EOF"


def refused(answer: str, data: object) -> str:
    """A sentence for a NO or BAD, with the words that came with it."""
    return f"the server says {answer}: {_joined(data)}".rstrip(": ")[: limits.DETAIL_CHARS]


def of_error(error: Exception) -> str:
    """A sentence for an error, on one line."""
    if isinstance(error, imap_tools.errors.MailboxFolderSelectError):
        return f"the folder does not open: {refused(*error.command_result)}"
    if isinstance(error, OSError):
        return headers.clean(errors.reason(error))[: limits.DETAIL_CHARS]
    if not isinstance(error, imaplib.IMAP4.error):
        return headers.clean(f"{type(error).__name__}: {error}")[: limits.DETAIL_CHARS]
    said = of_login(error)
    if said == _HUNG_UP:
        return "the server hung up"
    return (said if said.startswith(("the ", "unexpected ")) else f"the server says {said}")[: limits.DETAIL_CHARS]


def of_login(error: imaplib.IMAP4.error) -> str:
    """The server's own words alone."""
    given = error.args[0] if error.args else ""
    text = _COMMAND.sub("", _joined(given) if isinstance(given, bytes) else headers.clean(str(given)), count=1)
    found = _REFUSAL.match(text)
    if found is None:
        return text.removeprefix("* ")
    try:
        return f"{found['status']}: {_joined(ast.literal_eval(found['said']))}".rstrip(": ")
    except (ValueError, SyntaxError):
        return text


def _joined(data: object) -> str:
    parts = data if isinstance(data, list | tuple) else [data]
    return headers.clean(b" ".join(one for one in parts if isinstance(one, bytes)).decode("utf-8", "replace"))

"""W3C Trace Context: one trace for each mail, from the gateway to the worker and to what they call.

Source: "Trace Context", W3C Recommendation, section 3.2 (traceparent). The ids are made of the mail's id, so every replica and every
retry gives it the same trace.
"""

from __future__ import annotations

import hashlib
import re

_FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def begin(mail_id: str) -> str:
    """The traceparent of a mail's command: version 00, sampled."""
    digest = hashlib.sha256(b"trace:" + mail_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"00-{digest[:32]}-{root_of(digest[:32])}-01"


def root_of(traced: str) -> str:
    """The id of a trace's first span, which is the mail's."""
    return traced[:16] if traced[:16].strip("0") else f"{traced[:15]}1"


def trace_id(traceparent: str | None) -> str | None:
    """The trace id in a traceparent; None if it is malformed."""
    found = _FORM.match(traceparent or "")
    return found.group(1) if found else None


def of_mail(mail_id: str | None) -> str | None:
    """The trace of a mail, by its id alone."""
    return trace_id(begin(mail_id)) if mail_id else None

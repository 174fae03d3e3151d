"""A notice as text, and as the JSON of the webhooks that ship. Pure.

Sources: Slack, "Sending messages using incoming webhooks" and "Formatting text" (the three escapes); Microsoft, "Create incoming webhooks
with Workflows" (an Adaptive Card as the attachment of a message).
"""

from __future__ import annotations

import datetime
import json
from typing import Final

from hermes.domain import escape
from hermes.domain.alerts.book import Notice

#: What Slack gives its own meaning.
_SLACK: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def plain(notice: Notice, *, page: str | None) -> str:
    """The notice for a person, in lines."""
    parts = [f"{notice.title}.", _line(notice.text)]
    if notice.todo:
        parts.append(f"What to do: {notice.todo}")
    if page:
        parts.append(f"See {page}")
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(notice: Notice, *, page: str | None, prefix: str) -> str:
    """All fields; `id` is the same where a notice comes twice."""
    return json.dumps(
        {
            "id": notice.notice_id,
            "source": prefix,
            "at": datetime.datetime.fromtimestamp(notice.at, datetime.UTC).isoformat(timespec="seconds"),
            "status": "well" if notice.well else "trouble",
            "kind": notice.kind,
            "thing": notice.thing,
            "title": notice.title,
            "text": notice.text,
            "todo": notice.todo,
            "page": page,
        }
    )


def for_slack(notice: Notice, *, page: str | None, prefix: str) -> str:
    """The body of an incoming webhook."""
    icon = ":white_check_mark:" if notice.well else ":warning:"
    lines = [f"{icon} *{_slack(notice.title)}* ({_slack(prefix)})", _slack(_line(notice.text))]
    lines += [f"What to do: {_slack(notice.todo)}"] if notice.todo else []
    lines += [f"<{_slack(page)}|Open Hermes>"] if page else []
    return json.dumps({"text": "\n".join(line for line in lines if line)})


def for_teams(notice: Notice, *, page: str | None, prefix: str) -> str:
    """The body of a workflow "when a Teams webhook request is received"."""
    colour = "Good" if notice.well else "Attention"
    blocks = [_block(notice.title, weight="Bolder", size="Medium", color=colour), _block(_line(notice.text))]
    blocks += [_block(f"What to do: {notice.todo}")] if notice.todo else []
    blocks.append(_block(prefix, isSubtle=True, size="Small"))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [block for block in blocks if block["text"]],
        "actions": [{"type": "Action.OpenUrl", "title": "Open Hermes", "url": page}] if page else [],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]})


def _line(text: str) -> str:
    """Words of servers and programs, which may bring line ends and controls."""
    return escape.line(text)


def _slack(text: str) -> str:
    return text.translate(_SLACK)


def _block(text: str, **more: object) -> dict[str, object]:
    return {"type": "TextBlock", "text": text, "wrap": True, **more}

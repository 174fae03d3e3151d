"""Records for tests, whole, with what a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from hermes import ids
from hermes.domain import wire
from hermes.domain.commands import Command, Origin
from hermes.domain.containers import LaunchRequest
from hermes.domain.replies import Reply
from hermes.domain.request import CommandType
from hermes.domain.sessions import Session

KEY = "acme#site#anna-3k5zq2ab"
SESSION = "acme-site-abc12345"


def session(**more: Any) -> Session:
    return Session(
        **{
            "session_id": SESSION,
            "thread_id": "abc12345",
            "client": "acme",
            "project": "site",
            "container_key": KEY,
            "owner": "anna@people.test",
            "participants": ("anna@people.test",),
            "address": "site@hermes.test",
            "branch": "thread-abc12345",
            "created_at": 1.0,
            "updated_at": 1.0,
            **more,
        }
    )


def command(command_id: str = "c1", **more: Any) -> Command:
    return Command(
        **{
            "command_id": command_id,
            "session_id": SESSION,
            "container_key": KEY,
            "mail_id": f"mail-{command_id}",
            "context": wire.CommandContext(branch="thread-abc12345"),
            "origin": Origin(author="anna@people.test", address="site@hermes.test"),
            "seq": 1,
            "type": CommandType.EDIT,
            "instruction": "Please",
            "accepted_at": 100.0,
            "due": 120.5,
            "due_shard": ids.due_shard(command_id),
            **more,
        }
    )


def reply(reply_id: str = "c1#result", **more: Any) -> Reply:
    return Reply(
        **{
            "reply_id": reply_id,
            "kind": "result",
            "message_id": "<r1@hermes.test>",
            "sender": "site@hermes.test",
            "recipient": "anna@people.test",
            "raw": b"Subject: Re\r\n\r\n\xff\r\n",
            "created_at": 100.0,
            "due": 100.0,
            "due_shard": ids.due_shard(reply_id),
            **more,
        }
    )


def launch(gen: int, token: str = "") -> LaunchRequest:
    return LaunchRequest(container_key=KEY, gen=gen, token=token or f"token-{gen}", environment={"A": "1"})

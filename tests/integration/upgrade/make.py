"""Writes the golden files of a version: what it puts into tables and onto queues, made by that version's own code.

How the files of `v1` were made, from the commit "Show every setting in a commented example":

    git archive COMMIT | tar -x -C OLD && PYTHONPATH=OLD python tests/integration/upgrade/make.py tests/integration/upgrade/v1

They are never made again: what was written stays written.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

from hermes import ids
from hermes.aws import items
from hermes.domain import commands, containers, mails, replies, sessions, threads, wire
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.pointer import Pointer

NOW = 1_790_000_000.0
PERSON, SITE, KEY = "anna@people.test", "site@agent.example.com", ids.container_key("acme", "site", "anna@people.test")
MESSAGE_ID, REPLY_ID = "<first@people.test>", "<hermes.v1@agent.example.com>"


CONTEXT = wire.CommandContext(
    branch="thread-abc12345",
    limits=wire.CommandLimits(wall_seconds=1800, cost_usd=5),
    author_name="Anna",
    author_email=PERSON,
    subject="The site",
    quoted="> before",
    previous=wire.Previous(command_id="v1before", instruction="Before", reason=InterruptReason.PRIORITY_OVERRIDE),
)


def command(name: str, seq: int, **facts: Any) -> commands.Command:
    """A command of the session."""
    given = {
        "command_id": name,
        "session_id": "acme-site-abc12345",
        "container_key": KEY,
        "mail_id": f"mail-{name}",
        "seq": seq,
        "type": "edit",
        "instruction": "Please update the homepage title",
        "context": CONTEXT.encode(),
        "origin": commands.Origin(
            message_id=MESSAGE_ID, subject="The site", author=PERSON, author_name="Anna", address=SITE
        ),
        "accepted_at": NOW,
        "history": (commands.HistoryEntry(at=NOW, what="accepted", detail="start"),),
        "due": NOW + 20,
        "due_shard": ids.due_shard(name),
        "expires_at": int(NOW) + 10**9,
        **facts,
    }
    return commands.Command.model_validate(given)


def records() -> dict[str, list[Any]]:
    """Of each table, what stands in it in the middle of some work."""
    running = {
        "state": commands.CommandState.RUNNING,
        "started_at": NOW,
        "claimed_gen": 1,
        "claim_token": "v1-token",
    }
    why = Interruption(
        reason=InterruptReason.PRIORITY_OVERRIDE, message="New message", interrupted_by="v1accepted", requested_at=NOW
    )
    done = wire.ResultMessage(command_id="v1done", attempt=1, success=True, summary="Done", git_commit="d" * 40)
    request = containers.LaunchRequest(container_key=KEY, gen=1, token="v1launch", environment={"A": "b"})
    reply = replies.Reply(
        reply_id="v1done#final",
        kind="succeeded",
        session_id="acme-site-abc12345",
        scope="acme/site",
        command_id="v1done",
        mail_id="mail-v1done",
        message_id=REPLY_ID,
        sender=SITE,
        recipient=PERSON,
        raw=f"Message-ID: {REPLY_ID}\r\nFrom: {SITE}\r\nTo: {PERSON}\r\nSubject: Re: The site\r\n\r\nDone.\r\n".encode(),
        created_at=NOW,
        due=NOW + 120,
        due_shard=ids.due_shard("v1done#final"),
    )
    return {
        "commands": [
            command("v1accepted", 4),
            command("v1running", 3, **running),
            command("v1stopping", 2, **{**running, "state": commands.CommandState.INTERRUPTING}, interruption=why),
            command(
                "v1done", 1, **{**running, "state": commands.CommandState.SUCCEEDED}, result=done.encode(),
                finished_at=NOW, due=None, due_shard=None,
            ),
        ],
        "sessions": [
            sessions.Session(
                session_id="acme-site-abc12345", thread_id="abc12345", client="acme", project="site", container_key=KEY,
                owner=PERSON, participants=(PERSON,), address=SITE, subject="The site", branch="thread-abc12345",
                head="v1accepted", head_order=NOW, seq=4, interrupt_upto=3, agent_session_id="agent-1",
                created_at=NOW, updated_at=NOW,
            )
        ],
        "mails": [
            mails.MailRecord(
                mail_id="mail-v1done", message_id=MESSAGE_ID, key="mails/v1.eml", recipient=SITE, author=PERSON,
                subject="The site", ingress="smtp", outcome=mails.Outcome.COMMAND, reason="start",
                session_id="acme-site-abc12345", command_id="v1done", trace=("no key: a new session",), token="v1",
                received_at=NOW, recorded_at=NOW,
            )
        ],
        "threads": [
            threads.Alias(message_id=f"acme/site {MESSAGE_ID}", session_id="acme-site-abc12345", kind=threads.AliasKind.INBOUND),
            threads.Alias(message_id=f"acme/site {REPLY_ID}", session_id="acme-site-abc12345", kind=threads.AliasKind.OURS),
        ],
        "containers": [
            containers.Container(
                container_key=KEY, state=containers.ContainerState.READY, gen=1, request=request, lease_owner="v1",
                lease_until=NOW + 30, task_arn="fake:v1launch", launched_at=NOW, ready_at=NOW, heartbeat_at=NOW,
                active_at=NOW, dispatched_seq=3, done_seq=1,
            )
        ],
        "queues": [
            containers.QueueSet(
                container_key=KEY, input_url="INPUT", interrupts_url="INTERRUPTS", output_url="OUTPUT", created_at=NOW,
                last_used_at=NOW,
            )
        ],
        "outbox": [reply],
    }  # fmt: skip


def messages() -> dict[str, str]:
    """The bodies on the queues."""
    accepted = command("v1accepted", 4)
    told = wire.CommandMessage(
        command_id="v1accepted",
        session_id=accepted.session_id,
        seq=4,
        attempt=1,
        type=accepted.type,
        instruction=accepted.instruction,
        chat_thread_id="abc12345",
        context=CONTEXT,
    )
    interrupt = wire.InterruptMessage(
        session_id=accepted.session_id,
        below_seq=4,
        reason=InterruptReason.PRIORITY_OVERRIDE,
        interrupted_by="v1accepted",
        message="New message received in this thread",
        timestamp="2026-09-21T14:13:20.000+00:00",
    )
    result = wire.ResultMessage(
        command_id="v1running",
        attempt=1,
        success=True,
        summary="The title is changed.",
        files_changed=("index.html",),
        git_commit="b" * 40,
        branch="thread-abc12345",
        pushed=True,
        cost_usd=0.12,
        duration_seconds=41.2,
        agent_session_id="agent-1",
    )
    pointer = Pointer(
        key="mails/v1.eml", recipient=SITE, sender=PERSON, ingress="smtp", received_at=NOW, trusted=True, size=100
    )
    return {
        "command": told.encode(),
        "interrupt": interrupt.encode(),
        "started": wire.Started(command_id="v1running", attempt=1).encode(),
        "progress": wire.Progress(
            command_id="v1running", attempt=1, step="agent", message="Editing", percent=40
        ).encode(),
        "result": result.encode(),
        "pointer": pointer.model_dump_json(),
    }


def plain(value: object) -> str:
    """Bytes, for JSON."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(type(value).__name__)


def main(folder: Path) -> None:
    """Write them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {noun: [items.to_item(record) for record in found] for noun, found in records().items()}
    for name, held in (("records", rows), ("messages", messages())):
        text = json.dumps(held, indent=1, sort_keys=True, default=plain, ensure_ascii=False)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

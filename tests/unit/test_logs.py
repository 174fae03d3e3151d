"""Lines of the log: every fact that was handed in stands in them."""

from __future__ import annotations

import json
import logging

from hermes import logs
from hermes.domain.events import Event


def line(record: logging.LogRecord) -> dict[str, object]:
    return dict(json.loads(logs.JsonFormatter().format(record)))


def test_what_is_given_as_extra_is_written() -> None:
    record = logging.makeLogRecord(
        {"msg": "The command begins.", "action": "command.started", "command_id": "c1", "attempt": 2}
    )

    written = line(record)

    assert (written["action"], written["command_id"], written["attempt"]) == ("command.started", "c1", 2)
    assert set(written) == {"at", "level", "logger", "text", "action", "command_id", "attempt"}


def test_facts_of_events_stand_beside_it_and_hide_nothing() -> None:
    event = Event(name="mail.command", at=0.0, text="A mail.", facts={"mail_id": "m1", "text": "not the sentence"})
    record = logging.makeLogRecord({"msg": event.text, "action": event.name, "facts": dict(event.facts)})

    written = line(record)

    assert (written["mail_id"], written["text"], written["action"]) == ("m1", "A mail.", "mail.command")
    assert "facts" not in written

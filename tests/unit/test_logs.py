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


def test_a_line_of_text_ends_with_what_it_is_about_once() -> None:
    event = Event("command.failed", 0.0, "failed", {"command_id": "c1", "session_id": "s1", "why": "long words"})
    record = logging.makeLogRecord({"msg": event.text, "levelname": "WARNING", "facts": dict(event.facts)})
    with logs.bound(mail_id="m1"):
        written = logs.TextFormatter().format(record)
    assert written.endswith("WARNING failed  [mail_id=m1 session_id=s1 command_id=c1]")

    listening = logging.makeLogRecord({"msg": "HTTP is listening.", "host": "127.0.0.1", "port": 8080})
    assert logs.TextFormatter().format(listening).endswith("HTTP is listening.  [host=127.0.0.1 port=8080]")
    said = logging.makeLogRecord({"msg": "It listens on port 8080.", "port": 8080})
    assert logs.TextFormatter().format(said).endswith("It listens on port 8080.")
    hostile = logging.makeLogRecord({"msg": "x", "project": "a\r\nb"})
    assert "\n" not in logs.TextFormatter().format(hostile)

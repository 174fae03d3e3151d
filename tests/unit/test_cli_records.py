"""`hermes mail list` and `hermes mail replies`: what they show, and of what."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from hermes.admin.views import mails as mail_view
from hermes.admin.views import replies as reply_view
from hermes.cli import records
from hermes.cli.console import asking
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState

REASON = (
    "mail server smtp.example.org:587 answered MAIL with 553 5.7.1 <site@agent.example.com>: Sender address rejected: "
    "not owned by user hermes"
)
ROW_ID = "3sqv4ocituu5n4esgunwy46b32mmq7kz#final"


def reply(**facts: Any) -> Reply:
    usual = {
        "reply_id": ROW_ID,
        "kind": "succeeded",
        "scope": "acme/site",
        "message_id": "<1@x>",
        "sender": "",
        "recipient": "anna.of.a.long.name@customer.example",
        "raw": b"",
        "created_at": 1_800_000_000.0,
        "error": REASON,
    }
    return Reply.model_validate({**usual, **facts})


def mail(**facts: Any) -> MailRecord:
    usual = {
        "mail_id": "3sqv4ocituu5n4esgunwy46b32mmq7kz",
        "key": "mails/x.eml",
        "recipient": "site+abcdefgh@agent.example.com",
        "author": "anna.of.a.long.name@customer.example",
        "subject": "Please update the homepage title of the whole site to 'Spring', and the footer, too",
        "ingress": "smtp",
        "outcome": Outcome.REFUSED,
        "reason": "not_authenticated: no verdict that can be trusted",
        "token": "t",
        "received_at": 1_800_000_000.0,
        "recorded_at": 1_800_000_000.0,
    }
    return MailRecord.model_validate({**usual, **facts})


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[Any]]]:
    """What the deployment has; the terminal has 80 columns and Berlin's time zone."""
    held: dict[str, list[Any]] = {"replies": [], "mails": []}

    names = {"site@agent.example.com": "acme/site"}

    def ask(_: object, question: functools.partial[Any]) -> tuple[list[tuple[Any, Any]], bool]:
        """What the index has for a search; that it is asked by the index is shown in `tests/integration/ops`."""
        wanted = question.keywords["wanted"]
        replies = [(reply_view.row_of(one), one) for one in held["replies"]]
        mails = [(mail_view.row_of(one, names), one) for one in held["mails"]]
        found = replies if question.func.__name__ == "_replies" else mails
        return [
            one for one in found if wanted.admits(project=one[0].project, person=one[0].person, subject="", at=0.0)
        ], False

    monkeypatch.setattr(asking, "ask", ask)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield held
    monkeypatch.undo()
    time.tzset()


def test_lists_fit_eighty_columns_with_ids_that_can_be_copied(
    lists: dict[str, list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    lists["replies"] = [reply(state="failed"), reply(due=1_800_003_600.0)]
    lists["mails"] = [mail()]

    records.list_replies(most=50)
    records.list_mails(most=50)

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    words = " ".join(shown.split())
    for wanted in (ROW_ID, "acme/site", "anna.of.a.long.name@customer.example", "not owned by user hermes"):
        assert wanted in words
    assert "2027-01-15 09:00" in words, "in the terminal's zone"
    assert "next try 2027-01-15 10:00" in words


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 2),
        ({"project": "acme/site"}, 1),
        ({"project": "acme/none"}, 0),
        ({"person": "Anna@Customer.example"}, 1),
        ({"person": "@customer.example"}, 2),
        ({"person": "nna@customer.example"}, 0),
    ],
)
def test_lists_are_narrowed_to_a_project_or_a_person(
    lists: dict[str, list[Any]], options: dict[str, Any], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    lists["replies"] = [reply(recipient="anna@customer.example"), reply(recipient="bob@customer.example", scope=None)]
    lists["mails"] = [
        mail(author="anna@customer.example"),
        mail(author="bob@customer.example", recipient="else@agent.example.com"),
    ]
    for show in (records.list_replies, records.list_mails):
        show(most=50, as_json=True, **options)
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(found) == count
        assert all(set(one) >= {"project"} for one in found)


def test_an_empty_list_says_so(lists: dict[str, list[Any]], capsys: pytest.CaptureFixture[str]) -> None:
    records.list_replies(most=50, state=ReplyState.FAILED)
    records.list_replies(most=50, project="acme/site")
    records.list_mails(most=50)

    assert capsys.readouterr().out.splitlines() == ["no reply is failed", "no such reply", "no mail is recorded"]

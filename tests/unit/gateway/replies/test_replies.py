"""Rows of the outbox: what is shown, what is cut, which names they get."""

from __future__ import annotations

import email
from collections.abc import Callable

import pytest

from hermes import ids
from hermes.config import loading
from hermes.domain.commands import Origin
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import ReplyKind, Report, Stopped
from hermes.domain.threads import AliasKind
from hermes.gateway.replies import replies
from hermes.gateway.replies.reply_copies import ReplyCopies
from tests import env

ORIGIN = Origin(
    message_id="<1@example.org>",
    references=("<0@example.org>",),
    subject="The site",
    author="anna@example.org",
    address="site@agent.example.com",
)
KEY = b"0123456789abcdef0123456789abcdef"


def _writer(*, now: Callable[[], float] = lambda: 1_795_217_527.0, tokens: replies.Tokens | None = None) -> Reply:
    writer = replies.ReplyWriter(
        domain="agent.example.com",
        name="Hermes",
        prefix="hermes",
        tokens=tokens,
        lease_seconds=120,
        copies=ReplyCopies(config=loading.parse({})),
        env=env.quiet(now=now, new_id=lambda: "n"),
    )
    (reply,) = writer.write(
        reply_id="c#final",
        facts=Stopped(
            kind=ReplyKind.FAILED,
            report=Report(summary="x" * 9000, files_changed=tuple(f"f{n}" for n in range(60)), error="It broke."),
        ),
        origin=ORIGIN,
        scope="acme/site",
        session_id=ids.session_id("acme", "site", "abcdefgh"),
        command_id="c",
    )
    return reply


def test_the_same_row_gives_the_same_bytes() -> None:
    assert _writer().raw == _writer().raw


def test_a_row_is_leased_by_its_writer_and_has_a_message_id_of_its_own() -> None:
    reply = _writer()

    assert reply.message_id == ids.reply_message_id("n", "agent.example.com")
    assert (reply.due, reply.due_shard) == (reply.created_at + 120, ids.due_shard("c#final"))
    assert len(reply.raw) < 200 * 1024


def test_it_answers_the_mail_in_its_thread() -> None:
    mail = email.message_from_bytes(_writer().raw)

    assert mail["In-Reply-To"] == "<1@example.org>"
    assert mail["References"].split() == ["<0@example.org>", "<1@example.org>"]
    assert mail["Reply-To"] is None


@pytest.mark.parametrize("style", ["plus", "subdomain"])
def test_with_a_key_the_answer_address_leads_back_to_the_session_of_that_person_alone(style: str) -> None:
    tokens = replies.Tokens(KEY, style)  # type: ignore[arg-type]
    mail = email.message_from_bytes(_writer(tokens=tokens).raw)
    address = str(mail["Reply-To"]).rpartition("<")[2].rstrip(">")

    ((given, session_id),), _ = tokens.candidates("acme/site", address, "")

    assert session_id == "acme-site-abcdefgh"
    assert tokens.proves(given, session_id, ["anna@example.org"])
    assert not tokens.proves(given, session_id, ["bob@example.org"])
    assert not tokens.proves(given, "acme-site-otherone", ["anna@example.org"])
    assert tokens.proves(given, session_id, ["bob@example.org", "anna@example.org"])


def test_the_marker_of_the_footer_leads_back_too() -> None:
    tokens = replies.Tokens(KEY, "plus")
    quoted = f"> {tokens.marker('acme-site-abcdefgh', 'anna@example.org')}"

    first, ((given, session_id),) = tokens.candidates("acme/site", "site@agent.example.com", quoted)

    assert first == []
    assert tokens.proves(given, session_id, ["anna@example.org"])


def test_a_reply_of_a_session_has_an_alias_and_others_have_none() -> None:
    reply = _writer()

    ours = replies.alias_of(reply, now=1.0)
    provider = replies.alias_of(reply, now=1.0, provider_id="<x@eu.amazonses.com>")

    assert ours is not None
    assert provider is not None
    assert (ours.message_id, ours.kind) == (f"acme/site {reply.message_id}", AliasKind.OURS)
    assert (provider.message_id, provider.kind) == ("acme/site <x@eu.amazonses.com>", AliasKind.PROVIDER)
    assert replies.alias_of(reply.model_copy(update={"session_id": None}), now=1.0) is None


def test_an_id_that_is_no_key_is_no_alias() -> None:
    assert replies.is_alias("<1@example.org>")
    assert not replies.is_alias("<" + "x" * 2000 + "@example.org>")
    assert not replies.is_alias("<" + "網" * 600 + "@example.org>")

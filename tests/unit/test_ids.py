"""Names: stable, different for different things, short enough."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import ids, limits

_SLUGS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True)
_ADDRESSES = st.from_regex(r"[a-zA-Z0-9.+_-]{1,64}@[a-z0-9.-]{1,200}", fullmatch=True)


def test_parts_do_not_run_together() -> None:
    assert ids.digest("ab", "c") != ids.digest("a", "bc")
    assert ids.digest("ab") == ids.digest(b"ab")


def test_random_ids_differ() -> None:
    assert len({ids.new_id() for _ in range(1000)}) == 1000
    assert len(ids.new_id()) == 26


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@example.org", "anna.example@org"),
        ("a-b@example.org", "a_b@example.org"),
        ("a.b@example.org", "a-b@example.org"),
        ("a@b-c.org", "a@b.c.org"),
        ("ä@example.org", "ö@example.org"),
        ("x" * 60 + "1@example.org", "x" * 60 + "2@example.org"),
    ],
)
def test_addresses_that_look_alike_have_different_user_keys(one: str, other: str) -> None:
    assert ids.user_key(one) != ids.user_key(other)


def test_a_user_key_is_readable_and_the_same_in_either_case() -> None:
    assert ids.user_key("Anna@Example.ORG") == ids.user_key("anna@example.org")
    assert re.fullmatch(r"anna-example-org-[a-z2-7]{8}", ids.user_key("anna@example.org"))
    assert ids.user_key("日本@例え").startswith("user-")


@given(_ADDRESSES)
def test_a_user_key_can_stand_in_a_container_key(address: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,33}", ids.user_key(address))


@given(_SLUGS, _SLUGS, _ADDRESSES, st.sampled_from(["input", "interrupts", "output"]), st.booleans())
def test_queue_names_are_names_for_sqs(client: str, project: str, address: str, role: str, fifo: bool) -> None:
    name = ids.queue_name("p" * 20, role, ids.container_key(client, project, address), fifo=fifo)

    assert len(name) <= ids.QUEUE_NAME_CHARS
    assert name.endswith(".fifo") is fifo
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.fifo)?", name)


@given(st.lists(st.tuples(_SLUGS, _SLUGS, _ADDRESSES), min_size=2, max_size=6, unique=True))
def test_no_two_keys_share_a_queue(parts: list[tuple[str, str, str]]) -> None:
    # `a-b` + `c` and `a` + `b-c` would; the configuration refuses such a pair.
    parts = list({f"{c}-{p}": (c, p, a) for c, p, a in parts}.values())
    keys = {ids.container_key(*one) for one in parts}

    assert len({ids.queue_name("hermes", "input", key, fifo=True) for key in keys}) == len(keys)


def test_long_keys_that_differ_at_the_end_have_different_queues() -> None:
    keys = [ids.container_key("c" * 32, "p" * 32, f"{n}@example.org") for n in range(50)]

    assert len({ids.queue_name("hermes", "output", key) for key in keys}) == 50


def test_one_mail_to_two_of_our_addresses_is_two_mails() -> None:
    assert ids.mail_id("a@x", "<1@y>", b"") != ids.mail_id("b@x", "<1@y>", b"")
    assert ids.mail_id("A@x", "<1@y>", b"one") == ids.mail_id("a@x", "<1@y>", b"other")
    assert ids.mail_id("a@x", None, b"one") != ids.mail_id("a@x", None, b"other")


def test_a_message_id_cannot_pass_for_the_hash_of_a_mail() -> None:
    digest = b"0" * 32
    assert ids.mail_id("a@x", f"<raw:{digest.decode()}>", b"") != ids.mail_id("a@x", None, digest)


def test_what_a_mail_becomes_follows_from_it() -> None:
    assert ids.command_id("m") == ids.command_id("m") != ids.command_id("n")
    assert len(ids.command_id("m")) == 26
    assert len(ids.thread_id("m")) == 8
    assert len({ids.thread_id("m", salt) for salt in range(5)}) == 5
    assert ids.session_id("acme", "site", "t") == "acme-site-t"
    assert ids.branch("t") == "thread-t"


def test_a_reply_has_one_message_id() -> None:
    assert ids.reply_message_id("r#final", "example.com") == ids.reply_message_id("r#final", "example.com")
    assert re.fullmatch(r"<hermes\.[a-z2-7]{26}@example\.com>", ids.reply_message_id("r#final", "example.com"))


def test_records_are_spread_over_the_shards_of_the_due_index() -> None:
    shards = [ids.due_shard(f"command-{n}") for n in range(400)]

    assert set(shards) == {str(n) for n in range(limits.DUE_SHARDS)}
    assert min(shards.count(s) for s in set(shards)) > 50

"""The one author, and owners."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.mail.parse import address, parse


def author(*values: str) -> address.Address:
    return address.sole_author(parse.parse("".join(f"From: {value}\r\n" for value in values).encode() + b"\r\nhi"))


@pytest.mark.parametrize(
    ("value", "name", "found"),
    [
        ("ida@example.org", "", "ida@example.org"),
        ("Ida Storm <ida@example.org>", "Ida Storm", "ida@example.org"),
        ('"Storm, Ida" <ida@example.org>', "Storm, Ida", "ida@example.org"),
        ('"ida@example.org" <ida@example.org>', "ida@example.org", "ida@example.org"),
        ("ida@example.org <ida@example.org>", "ida@example.org", "ida@example.org"),
        ("=?utf-8?q?Ida_=C3=9Ftorm?= <ida@example.org>", "Ida ßtorm", "ida@example.org"),
        ("=?utf-8?q?owner=40example.com?= <ida@example.org>", "owner@example.com", "ida@example.org"),
        ("ida@example.org (Ida)", "Ida", "ida@example.org"),
        ("<ida@bücher.example>", "", "ida@bücher.example"),
    ],
)
def test_one_mailbox_is_the_author(value: str, name: str, found: str) -> None:
    assert author(value) == address.Address(name, found)


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("a@example.org", "a@example.org"),
        ("a@good.example, b@evil.example",),
        ("owner@good.example <b@evil.example>",),
        ("<a@good.example> <b@evil.example>",),
        ("a@good.example <b@evil.example>, c@x.example",),
        ("Group: a@example.org;",),
        ("undisclosed-recipients:;",),
        ("(" * 20_000,),
        ('"never closed <a@example.org>',),
        ("a@example.org\0@evil.example",),
        ("a b@example.org",),
        ("<a@example.org> trailing",),
        ("a@@example.org",),
        ("",),
        ("<>",),
        ("MAILER-DAEMON",),
        ("a@example.org,",),
    ],
)
def test_anything_else_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(errors.Refused) as caught:
        author(*values)
    assert caught.value.refusal is errors.Refusal.FROM_UNUSABLE


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "the mail has no From header"),
        (("a@example.org", "a@example.org"), "the mail has more than one From header"),
        (("",), "its From header is malformed: no address where one should be"),
        (("a@good.example, b@evil.example",), "its From header has several addresses"),
    ],
)
def test_what_is_wrong_with_the_header_is_said(values: tuple[str, ...], said: str) -> None:
    with pytest.raises(errors.Refused) as caught:
        author(*values)
    assert caught.value.message == said


@pytest.mark.parametrize(
    ("one", "owners", "is_owner"),
    [
        ("ida@example.org", ["IDA@Example.ORG"], True),
        ("ida@example.org", ["@example.org"], True),
        ("ida@sub.example.org", ["@example.org"], False),
        ("ida@example.org.evil.example", ["@example.org"], False),
        ("ida@bücher.example", ["@xn--bcher-kva.example"], True),
        ("ida@xn--bcher-kva.example", ["ida@BÜCHER.example"], True),
        ("\u212aim@example.org", ["kim@example.org"], False),
        ("stra\u00dfe@example.org", ["strasse@example.org"], False),
        ("ida@ex\u0430mple.org", ["@example.org"], False),
        ("ida@example.org", ["not an address", "@", "ida@example.org"], True),
        ("nonsense", ["@example.org"], False),
        ("anna@localhost", ["@localhost"], True),
    ],
)
def test_owners_are_told_by_address_or_domain(one: str, owners: list[str], is_owner: bool) -> None:
    assert address.is_owner(one, owners) is is_owner


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("ida@example.org (Ida \\) Storm)", [("Ida \\) Storm", "ida@example.org")]),
        ("ida@example.org (Ida (of Oslo))", [("Ida (of Oslo)", "ida@example.org")]),
        ('"Ida \\"the\\" Storm" <ida@example.org>', [('Ida "the" Storm', "ida@example.org")]),
        ('"a\\\\" <ida@example.org>', [("a\\", "ida@example.org")]),
        ('"ida storm"@example.org', [("", '"ida storm"@example.org')]),
        ('a"b c"@example.org', None),
        ("<a@example.org>, Ida <b@example.org>", [("", "a@example.org"), ("Ida", "b@example.org")]),
    ],
)
def test_comments_and_quotes_are_read_with_their_escapes(value: str, found: list[tuple[str, str]] | None) -> None:
    boxes, defect = address.mailboxes_of(value)
    assert bool(defect) is (found is None)
    if found is not None:
        assert [(box.name, box.spec) for box in boxes] == found


@pytest.mark.parametrize(
    ("value", "defect"),
    [
        ("Ida) <ida@example.org>", ") where it does not belong"),
        ("a@example.org; b@example.org", "; where it does not belong"),
        ("Ida > <ida@example.org>", "> where it does not belong"),
        ("Ida <ida@example.org", "angle brackets that do not pair"),
        ("Ida <a@example.org> (b", "a comment that is not closed"),
        ('"Ida\\', "a quote that is not closed"),
        ("Friends: a@example.org", "a group instead of an address"),
        ("<a@example.org> b", "text after the address"),
        ("Ida, b@example.org", "no address where one should be"),
    ],
)
def test_the_first_defect_is_named(value: str, defect: str) -> None:
    assert address.mailboxes_of(value)[1] == defect


@pytest.mark.parametrize(("value", "count"), [("", 0), ("  ", 0), ("Ida", 1), ("a@x", 1), ("a@x, b@y", 2)])
def test_addresses_are_counted_without_being_read(value: str, count: int) -> None:
    assert address.count(value) == count


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Site <site@agent.example>, Bob", ["site@agent.example"]),
        (
            "Team: a@example.org, Bob <b@example.org>; c@example.org",
            ["a@example.org", "b@example.org", "c@example.org"],
        ),
        ("a@example.org; b@example.org", ["a@example.org", "b@example.org"]),
        ("site@agent.example: b@example.org;", ["b@example.org"]),
        ('"x@evil.example" <a@example.org>; (y@evil.example) b@example.org', ["a@example.org", "b@example.org"]),
        ("Bob <b@example.org", ["b@example.org"]),
        ("<a;b@example.org>; <nobody>", ["a;b@example.org"]),
        ('b@example.org; "never closed', ["b@example.org"]),
        ("(Ida \\) x@evil.example) a@example.org; b@example.org", ["a@example.org", "b@example.org"]),
        ("undisclosed-recipients:;", []),
        ("Site <site@agent.example>, <>", ["site@agent.example"]),
    ],
)
def test_recipients_are_read_however_loosely_they_are_written(value: str, found: list[str]) -> None:
    assert address.recipients_of(value) == found

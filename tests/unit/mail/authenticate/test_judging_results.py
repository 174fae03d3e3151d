"""The verdict by Authentication-Results: the outermost of the pinned server count, and nothing that came with the mail."""

from __future__ import annotations

import pytest

from hermes.mail.authenticate import authentication
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Source
from tests.unit.mail.authenticate.judging import (
    KEY_NAME,
    MAIL,
    PASS,
    PINNED,
    Dns,
    Key,
    judge,
    signed_by,
    with_results,
)


@pytest.mark.parametrize(
    ("values", "passed", "said"),
    [
        ([PASS], True, "DMARC pass"),
        (
            [
                "MX.Agent.Example 1; (good) DMARC = PASS (p=none) header.from = ACME.example; spf=pass smtp.mailfrom=a=b@x"
            ],
            True,
            "DMARC pass",
        ),
        (["mx.agent.example; dmarc=fail header.from=acme.example"], False, "DMARC fail"),
        (["mx.agent.example; dmarc=temperror header.from=acme.example"], False, "temperror"),
        (["mx.agent.example; dmarc=bestguesspass header.from=acme.example"], False, "bestguesspass"),
        (["mx.agent.example; dmarc=pass header.from=evil.example"], False, "another domain"),
        (["mx.agent.example; dmarc=pass"], False, "another domain"),
        (["mx.agent.example; none"], False, "no DMARC result"),
        (["mx.agent.example"], False, "no DMARC result"),
        (["mx.agent.example; dmarc=none header.from=acme.example; dkim=pass header.d=acme.example"], True, "DKIM pass"),
        (["mx.agent.example; dkim=pass header.i=@mail.acme.example"], True, "DKIM pass"),
        (["mx.agent.example; dkim=pass header.d=evil.example"], False, "no aligned"),
        (["mx.agent.example; dkim=pass"], False, "no aligned"),
        (
            ["mx.agent.example; dkim=fail header.d=acme.example; spf=pass smtp.mailfrom=acme.example"],
            False,
            "no aligned",
        ),
        ([], False, "wrote no"),
        (["mx.evil.example; dmarc=pass header.from=acme.example"], False, "not from the pinned"),
        (["mx.evil.example; dmarc=fail header.from=acme.example", PASS], False, "not from the pinned"),
        (["mx.agent.example; dmarc=fail header.from=acme.example", PASS], False, "forged"),
        ([PASS, "mx.agent.example; dmarc=fail header.from=acme.example"], False, "forged"),
        ([PASS, "mx.agent.example; dmarc=(unclosed"], False, "forged"),
        ([PASS, PASS], True, "DMARC pass"),
        ([PASS, "mx.evil.example; dmarc=fail header.from=acme.example"], True, "DMARC pass"),
        (
            ["mx.agent.example; dmarc=fail header.from=acme.example; dmarc=pass header.from=acme.example"],
            False,
            "more than one",
        ),
        (["mx.agent.example; dmarc=pass header.from=acme.example header.from=evil.example"], False, "cannot be read"),
        (["dmarc=pass header.from=acme.example"], False, "cannot be read"),
        (
            ['mx.agent.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=acme.example"@evil.example'],
            False,
            "no DMARC",
        ),
        (
            ['mx.agent.example; spf=pass smtp.mailfrom="x\\"; dmarc=pass header.from=acme.example"@evil.example'],
            False,
            "no DMARC",
        ),
        (
            ["mx.agent.example; spf=pass (x; dmarc=pass header.from=acme.example) smtp.mailfrom=evil.example"],
            False,
            "no DMARC",
        ),
        (["mx.agent.example; spf=pass (x\\); dmarc=pass header.from=acme.example)"], False, "no DMARC"),
        (["mx.agent.example; (unclosed; dmarc=pass header.from=acme.example"], False, "cannot be read"),
        (['mx.agent.example; "unclosed; dmarc=pass header.from=acme.example'], False, "cannot be read"),
        (
            ["mx.agent.example; spf=pass =?utf-8?q?x=3B?= ; dmarc=pass header.from=acme.example"],
            False,
            "cannot be read",
        ),
        (
            ["mx.agent.example; spf=pass smtp.mailfrom==?utf-8?q?a=3B_dmarc=3Dpass_header.from=3Dacme.example?="],
            False,
            "no DMARC",
        ),
        (
            ["mx.agent.example; dmarc=pass header.from=acme.example; x=" + "y" * authentication.RESULTS_CHARS],
            False,
            "cannot be read",
        ),
    ],
)
def test_only_the_outermost_results_of_the_pinned_server_count(values: list[str], passed: bool, said: str) -> None:
    found = judge(with_results(*values), settings=PINNED)
    assert said in found.reason
    assert found.passed is passed
    assert not passed or found.source is Source.AUTHSERV


def test_results_that_came_with_the_mail_stand_below_the_borders_received() -> None:
    assert judge(with_results(PASS, above=2), settings=PINNED).passed
    assert not judge(with_results(PASS, above=3), settings=PINNED).passed
    assert judge(with_results(PASS, above=0, below=9), settings=PINNED).passed


def test_results_are_not_read_at_all_without_a_pinned_server() -> None:
    assert not judge(with_results(PASS), settings=Settings(own_check=False)).passed


def test_results_in_the_body_or_an_inner_mail_are_text() -> None:
    inner = MAIL + b"\r\nAuthentication-Results: " + PASS.encode() + b"\r\n"
    assert not judge(inner, settings=PINNED).passed


_DKIM, _SPF = "dkim=pass header.d=acme.example", "spf=pass smtp.mailfrom=anna@acme.example"
_DMARC = "dmarc=pass header.from=acme.example"


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        ([_DKIM, _SPF, _DMARC], True),
        ([_SPF, _DMARC, _DKIM], True),
        ([_DMARC, _SPF, _DKIM], True),
        (["dkim=pass header.i=@acme.example", _DMARC], True),
        # The outermost rests on nothing: what stands below may have come with the mail.
        (["spf=fail smtp.mailfrom=anna@acme.example", _DMARC], False),
        (["spf=pass smtp.mailfrom=x@evil.example", _DMARC], False),
        (["dkim=pass header.d=evil.example", _DMARC], False),
        (["iprev=pass policy.iprev=192.0.2.1", _DMARC], False),
        ([_DKIM, "dmarc=pass"], False),
        ([_DKIM, _SPF], False),
        # A method twice, or a header without one, is no server's that writes one a method.
        ([_DKIM, f"{_DKIM}; {_DMARC}"], False),
        ([_DKIM, "none", _DMARC], False),
    ],
)
def test_a_header_for_each_method_counts_where_the_outermost_alone_carries_the_pass(
    results: list[str], passed: bool
) -> None:
    found = judge(with_results(*(f"mx.agent.example; {one}" for one in results)), settings=PINNED)
    assert found.passed is passed
    assert passed or "forged" in found.reason


KEYED = Key()
ALIGNED = "mx.agent.example; spf=pass smtp.mailfrom=bounce@mail.acme.example"


@pytest.mark.parametrize(
    ("results", "policy", "envelope"),
    [
        (ALIGNED, "v=DMARC1; p=none", True),
        (ALIGNED, "v=DMARC1; p=none; aspf=s", False),
        ("mx.agent.example; spf=pass smtp.mailfrom=evil.example", "v=DMARC1; p=none", False),
        ("mx.agent.example; spf=fail smtp.mailfrom=acme.example", "v=DMARC1; p=none", False),
    ],
)
def test_spf_of_the_pinned_server_alone_tells_whose_server_sent_it(results: str, policy: str, envelope: bool) -> None:
    dns = Dns({KEY_NAME: [KEYED.record], ("_dmarc.acme.example", "TXT"): [policy]})
    above = f"Authentication-Results: {results}\r\n".encode()
    facts = DeliveryFacts(ingress="imap", sender="anna@acme.example")

    signed = judge(above + signed_by(KEYED), facts, Settings(authserv_id="mx.agent.example"), dns)
    unsigned = judge(above + MAIL, facts, Settings(authserv_id="mx.agent.example"), dns)

    assert (signed.source, signed.evidence.envelope) == (Source.DKIM, envelope)
    assert unsigned.passed is envelope


@pytest.mark.parametrize(
    ("authserv_id", "values", "passed"),
    [
        ("*.agent.example", [PASS], True),
        ("*.AGENT.example", ["mx7.agent.example; dmarc=pass header.from=acme.example"], True),
        ("*.agent.example", ["agent.example; dmarc=pass header.from=acme.example"], False),
        ("*.agent.example", ["evilagent.example; dmarc=pass header.from=acme.example"], False),
        ("*.agent.example", [PASS, "mx7.agent.example; dmarc=fail header.from=acme.example"], False),
        ("unnamed", ["dmarc=pass action=none header.from=acme.example; compauth=pass reason=100"], True),
        ("unnamed", ["spf=fail smtp.mailfrom=x.example; agent.example; dmarc=fail header.from=acme.example"], False),
        ("unnamed", [PASS], False),
        ("unnamed", ["unnamed; dmarc=pass header.from=acme.example"], False),
        ("unnamed", ["spf=none; dmarc=pass header.from=acme.example", "dmarc=fail header.from=acme.example"], False),
    ],
)
def test_servers_under_one_domain_and_those_without_a_name(authserv_id: str, values: list[str], passed: bool) -> None:
    settings = Settings(authserv_id=authserv_id, own_check=False)
    assert judge(with_results(*values), settings=settings).passed is passed

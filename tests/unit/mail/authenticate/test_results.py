"""Authentication-Results: what is read of them, and what nobody can put into them."""

from __future__ import annotations

import asyncio

import pytest

from hermes.mail.authenticate import authentication
from hermes.mail.authenticate.authentication import Opinion, Result
from hermes.mail.authenticate.dmarc import Dmarc


@pytest.mark.parametrize(
    ("value", "results"),
    [
        ("mx.example; dkim=pass header.d=acme.example", (Result("dkim", "pass", {"header.d": "acme.example"}),)),
        ("mx.example; ; dkim = pass ;", (Result("dkim", "pass", {}),)),
        ("mx.example 1; none", ()),
        ("mx.example; DKIM/1=PASS (good; really) Header.D = Acme.example", (Result("dkim", "pass", {"header.d": "Acme.example"}),)),
        ('mx.example; spf=pass smtp.mailfrom="a;b"@acme.example', (Result("spf", "pass", {"smtp.mailfrom": "a;b@acme.example"}),)),
        ('mx.example; spf=pass smtp.mailfrom="a\\"b"', (Result("spf", "pass", {"smtp.mailfrom": 'a"b'}),)),
        ("mx.example; spf=pass a=b a=b", (Result("spf", "pass", {"a": "b"}),)),
    ],
)  # fmt: skip
def test_each_method_is_read_with_its_properties(value: str, results: tuple[Result, ...]) -> None:
    found = authentication.parse(value)
    assert found is not None
    assert (found.authserv_id, found.results) == ("mx.example", results)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";dkim=pass",
        "dkim=pass",
        "mx.example; dkim",
        "mx.example; dkim=",
        "mx.example; =pass",
        "mx.example; spf=pass a=b a=c",
        "mx.example; dkim=pass (never closed",
        "mx.example; dkim=pass (a \\) b",
        'mx.example; dkim=pass header.d="never closed',
        "mx.example; " + "a" * authentication.RESULTS_CHARS,
    ],
)
def test_what_cannot_be_read_whole_is_not_read(value: str) -> None:
    assert authentication.parse(value) is None


def test_the_longest_header_is_read() -> None:
    value = "mx.example; dkim=" + "p" * (authentication.RESULTS_CHARS - 17)
    assert authentication.parse(value) is not None
    assert authentication.parse(value + "p") is None


@pytest.mark.parametrize(
    ("value", "domain", "opinion"),
    [
        ("dmarc=pass header.from=acme.example", "acme.example", Opinion(True, "DMARC pass")),
        ("dmarc=pass header.from=other.example", "acme.example", Opinion(None, "DMARC pass for another domain")),
        ("dmarc=fail header.from=acme.example", "acme.example", Opinion(False, "DMARC fail")),
        ("dmarc=temperror", "acme.example", Opinion(None, "DMARC temperror")),
        ("dmarc=pass header.from=a; dmarc=pass", "a", Opinion(None, "more than one DMARC result in one header")),
        ("dmarc=pass header.from=a..b", "acme.example", Opinion(None, "DMARC pass for another domain")),
        ("dmarc=none; dkim=pass header.d=acme.example", "mail.acme.example", Opinion(True, "DKIM pass for acme.example, no DMARC policy")),
        ("dkim=pass header.i=@acme.example", "acme.example", Opinion(True, "DKIM pass for acme.example, no DMARC policy")),
        ("dkim=fail header.d=acme.example", "acme.example", Opinion(None, "no DMARC result and no aligned DKIM pass")),
        ("dkim=pass header.d=evil.example", "acme.example", Opinion(None, "no DMARC result and no aligned DKIM pass")),
        ("spf=pass header.d=acme.example", "acme.example", Opinion(None, "no DMARC result and no aligned DKIM pass")),
    ],
)  # fmt: skip
def test_dmarc_speaks_first_and_an_aligned_signature_where_there_is_no_policy(
    value: str, domain: str, opinion: Opinion
) -> None:
    found = authentication.parse(f"mx.example; {value}")
    assert found is not None
    assert asyncio.run(authentication.opinion(found, Dmarc(domain, None))) == opinion


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("spf=pass smtp.mailfrom=a@acme.example", "acme.example"),
        ("spf=pass smtp.mailfrom=acme.example", "acme.example"),
        ("spf=fail smtp.mailfrom=a@acme.example", None),
        ("spf=pass", None),
        ("spf=pass smtp.mailfrom=a@acme.example; spf=pass smtp.mailfrom=a@acme.example", None),
        ("dkim=pass header.d=acme.example", None),
    ],
)
def test_one_spf_pass_says_whose_server_sent_it(value: str, domain: str | None) -> None:
    found = authentication.parse(f"mx.example; {value}")
    assert found is not None
    assert authentication.sender_domain(found) == domain


@pytest.mark.parametrize(
    "value",
    [
        "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=acme.example; dkim=pass header.d=acme.example",
        "spf=pass smtp.mailfrom=acme.example; contoso.com; dkim=pass (good)\r\n header.d=acme.example;contoso.com",
    ],
)
def test_results_without_a_servers_name_are_read_only_where_the_server_writes_none(value: str) -> None:
    found = authentication.parse(value, unnamed=True)
    assert found is not None
    assert found.authserv_id == ""
    assert [one.method for one in found.results] == ["spf", "dkim"]
    assert authentication.parse(value) is None
    assert authentication.parse(f"{value}; nonsense", unnamed=True) is None

"""SPF: who may send for a domain, after RFC 7208."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import pytest

from hermes import errors
from hermes.mail.authenticate import spf
from hermes.mail.authenticate.spf import Spf


class _Zone:
    def __init__(self, records: Mapping[str, Iterable[str]]) -> None:
        """Keys are `name KIND`."""
        self.records = {key: tuple(value) for key, value in records.items()}
        self.asked: list[str] = []

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append(f"{name} {kind}")
        if name == "lost.example":
            raise errors.DnsUnavailable
        return self.records.get(f"{name} {kind}", ())


def _check(record: str | None, client: str = "192.0.2.7", sender: str = "anna@acme.example", **records: str) -> Spf:
    zone = _Zone({key.replace("__", " ").replace("_", "."): value.split("|") for key, value in records.items()})
    if record is not None:
        zone.records["acme.example TXT"] = (record,)
    return asyncio.run(spf.check(client=client, sender=sender, resolver=zone))


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (None, Spf.NONE),
        ("v=spf10 +all", Spf.NONE),
        ("v=spf1", Spf.NEUTRAL),
        ("v=spf1 +all", Spf.PASS),
        ("v=spf1 -all", Spf.FAIL),
        ("v=spf1 ~all", Spf.SOFTFAIL),
        ("v=spf1 ?all", Spf.NEUTRAL),
        ("V=SPF1 IP4:192.0.2.7 -ALL", Spf.PASS),
        ("v=spf1 ip4:192.0.2.0/29 -all", Spf.PASS),
        ("v=spf1 ip4:192.0.2.8/29 -all", Spf.FAIL),
        ("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", Spf.PASS),
        ("v=spf1 -ip4:192.0.2.7 +all", Spf.FAIL),
        ("v=spf1 ip4:192.0.2.7/33 -all", Spf.PERMERROR),
        ("v=spf1 ip4:2001:db8::1 -all", Spf.PERMERROR),
        ("v=spf1 ip4 -all", Spf.PERMERROR),
        ("v=spf1 ip4:192.0.2.7 nonsense", Spf.PERMERROR),
        ("v=spf1 ptr -all", Spf.PERMERROR),
        ("v=spf1 include", Spf.PERMERROR),
        ("v=spf1 redirect=a.example redirect=b.example", Spf.PERMERROR),
        ("v=spf1 exp=why.acme.example x-note=1 +all", Spf.PASS),
        ("v=spf1 a:%{x}.example -all", Spf.PERMERROR),
        ("v=spf1 a:%z.example -all", Spf.PERMERROR),
        ("v=spf1 exists:%{p}.example -all", Spf.PERMERROR),
        ("v=spf1 exists:%{t}.example -all", Spf.PERMERROR),
        ("v=spf1 a:%{d0}.example -all", Spf.PERMERROR),
    ],
)
def test_a_record_alone(record: str | None, result: Spf) -> None:
    assert _check(record) is result


def test_hosts_and_mail_exchangers_are_looked_up() -> None:
    assert _check("v=spf1 a -all", acme_example__A="192.0.2.7") is Spf.PASS
    assert _check("v=spf1 a -all", acme_example__A="192.0.2.8") is Spf.FAIL
    assert _check("v=spf1 a/24 -all", acme_example__A="192.0.2.8") is Spf.PASS
    assert _check("v=spf1 a//64 -all", "2001:db8::7", acme_example__AAAA="2001:db8::1") is Spf.PASS
    assert _check("v=spf1 a:other.example -all", other_example__A="192.0.2.7") is Spf.PASS
    mx = {
        "acme_example__MX": "10 mx1.example.|20 mx2.example.",
        "mx1_example__A": "198.51.100.1",
        "mx2_example__A": "192.0.2.7",
    }
    assert _check("v=spf1 mx -all", **mx) is Spf.PASS
    assert (
        _check("v=spf1 mx -all", acme_example__MX="|".join(f"1 m{number}.example" for number in range(11)))
        is Spf.PERMERROR
    )


@pytest.mark.parametrize(("exchangers", "result"), [(10, Spf.PASS), (11, Spf.PERMERROR)])
def test_ten_mail_exchangers_are_asked_for_their_address_and_no_more(exchangers: int, result: Spf) -> None:
    addresses = {f"m{number}_example__A": "198.51.100.1" for number in range(exchangers - 1)}
    addresses[f"m{exchangers - 1}_example__A"] = "192.0.2.7"
    listed = "|".join(f"1 m{number}.example" for number in range(exchangers))
    assert _check("v=spf1 mx -all", acme_example__MX=listed, **addresses) is result


@pytest.mark.parametrize(("includes", "result"), [(10, Spf.PASS), (11, Spf.PERMERROR)])
def test_ten_terms_may_ask_dns_and_no_more(includes: int, result: Spf) -> None:
    others = {f"n{number}_example__TXT": "v=spf1 -all" for number in range(includes)}
    asked = " ".join(f"include:n{number}.example" for number in range(includes))
    assert _check(f"v=spf1 {asked} +all", **others) is result


@pytest.mark.parametrize(("empty", "result"), [(2, Spf.PASS), (3, Spf.PERMERROR)])
def test_two_names_without_an_address_are_borne(empty: int, result: Spf) -> None:
    assert _check(f"v=spf1 {' '.join(f'a:x{number}.example' for number in range(empty))} +all") is result


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    assert _check("v=spf1 ip4:192.0.2.7 -all", "::ffff:192.0.2.7") is Spf.PASS
    assert _check("v=spf1 ip4:192.0.2.7 -all", "[192.0.2.7]") is Spf.PASS


def test_include_takes_a_pass_alone_and_redirect_takes_everything() -> None:
    assert _check("v=spf1 include:other.example -all", other_example__TXT="v=spf1 ip4:192.0.2.7 -all") is Spf.PASS
    assert _check("v=spf1 include:other.example ~all", other_example__TXT="v=spf1 -all") is Spf.SOFTFAIL
    assert _check("v=spf1 include:other.example -all") is Spf.PERMERROR
    assert _check("v=spf1 redirect=other.example", other_example__TXT="v=spf1 -all") is Spf.FAIL
    assert _check("v=spf1 redirect=other.example") is Spf.PERMERROR
    assert _check("v=spf1 redirect=other.example ~all", other_example__TXT="v=spf1 +all") is Spf.SOFTFAIL


def test_macros_name_the_sender_and_the_client() -> None:
    assert (
        _check("v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all", **{"7_2_0_192_in-addr__spf_acme_example__A": "127.0.0.2"})
        is Spf.FAIL
    )
    zone = _Zone(
        {
            "acme.example TXT": ["v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"],
            "7.2.0.192.in-addr._spf.acme.example A": ["127.0.0.2"],
        }
    )
    assert asyncio.run(spf.check(client="192.0.2.7", sender="anna@acme.example", resolver=zone)) is Spf.PASS
    zone = _Zone({"acme.example TXT": ["v=spf1 exists:%{l1r-}.%{o}.x%%y%-.example -all"]})
    assert asyncio.run(spf.check(client="2001:db8::1", sender="a-b@acme.example", resolver=zone)) is Spf.PERMERROR


def test_questions_are_counted() -> None:
    chain = {f"n{number}_example__TXT": f"v=spf1 include:n{number + 1}.example -all" for number in range(20)}
    assert _check("v=spf1 include:n0.example -all", **chain) is Spf.PERMERROR
    loop = _Zone({"acme.example TXT": ["v=spf1 include:acme.example -all"]})
    assert asyncio.run(spf.check(client="192.0.2.7", sender="a@acme.example", resolver=loop)) is Spf.PERMERROR
    assert len(loop.asked) <= 11
    assert _check("v=spf1 a:x1.example a:x2.example a:x3.example +all") is Spf.PERMERROR


def test_two_records_are_none_that_counts() -> None:
    zone = _Zone({"acme.example TXT": ["v=spf1 +all", "v=spf1 -all", "other"]})
    assert asyncio.run(spf.check(client="192.0.2.7", sender="a@acme.example", resolver=zone)) is Spf.PERMERROR


@pytest.mark.parametrize(
    ("client", "sender"),
    [
        ("", "a@acme.example"),
        ("x", "a@acme.example"),
        ("192.0.2.7", ""),
        ("192.0.2.7", "a@b..c"),
        ("192.0.2.7", "acme.example"),
    ],
)
def test_without_a_client_and_a_sender_there_is_nothing_to_say(client: str, sender: str) -> None:
    assert _check("v=spf1 +all", client, sender) is Spf.NONE


def test_an_answer_that_does_not_come_is_not_a_result() -> None:
    with pytest.raises(errors.DnsUnavailable):
        _check("v=spf1 include:lost.example +all")


def test_a_name_that_macros_make_too_long_loses_its_first_labels() -> None:
    local = ".".join(["a" * 30] * 8)
    kept = ".".join(["a" * 30] * 7)
    zone = _Zone({"acme.example TXT": ["v=spf1 exists:%{l}.x.example -all"], f"{kept}.x.example A": ["127.0.0.2"]})
    assert asyncio.run(spf.check(client="192.0.2.7", sender=f"{local}@acme.example", resolver=zone)) is Spf.PASS
    assert zone.asked[-1] == f"{kept}.x.example A"

"""Somebody who got an owner's mail to others wants it to count as one to us. Each large provider's signatures cover something else."""

from __future__ import annotations

import re
import types

import dkim
import pytest

from hermes import errors
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings
from tests.attack.owners_mail import (
    ELSEWHERE,
    FRIEND,
    LISTS,
    OWNERS,
    PROVIDERS,
    SERVER,
    SITE,
    UNSIGNED_TO,
    mail,
    objection,
)
from tests.integration.mail.correspondence import PASS, SENT_ON


def _facts(way: str, client: str) -> DeliveryFacts:
    sender = "anna@example.org" if client == SERVER else "eve@evil.example"
    if way == "ses":
        ses = PASS if client == SERVER else SENT_ON.model_copy(update={"spf": "PASS"})
        return DeliveryFacts(ingress="ses", sender=sender, ses=ses)
    return DeliveryFacts(ingress=way, sender=sender, client_address=client if way == "smtp" else None)


@pytest.mark.parametrize("way", ["smtp", "ses"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_owner_of_each_provider_comes_in_from_their_own_server(provider: str, way: str) -> None:
    raw = OWNERS.sign(mail(SITE), PROVIDERS[provider])

    assert objection(raw, _facts(way, SERVER)) is None


@pytest.mark.parametrize("way", ["smtp", "lmtp", "imap", "ses"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_owner_comes_in_by_a_detour_where_their_provider_signs_to(provider: str, way: str) -> None:
    raw = OWNERS.sign(mail(SITE), PROVIDERS[provider])
    wanted = errors.Refusal.NOT_ADDRESSED if provider in UNSIGNED_TO else None

    assert objection(raw, _facts(way, ELSEWHERE)) is wanted


@pytest.mark.parametrize("way", ["smtp", "lmtp", "imap", "ses"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_makes_a_mail_to_others_one_to_us(provider: str, way: str) -> None:
    raw = OWNERS.sign(mail(FRIEND), PROVIDERS[provider])
    named = re.sub(rb"(?m)^To: [^\r\n]*", b"To: " + SITE.encode(), raw)
    tries = [raw, f"Cc: {SITE}\r\n".encode() + raw, f"To: {SITE}\r\n".encode() + raw]
    if provider in UNSIGNED_TO:
        tries.append(named)

    for one in tries:
        # What breaks the signature passes nowhere; what somebody else says of it is made up here.
        if not dkim.verify(one, dnsfunc=lambda *_, **__: OWNERS.key.encode()):
            continue
        found = objection(one, _facts(way, ELSEWHERE))
        assert found in (errors.Refusal.NOT_ADDRESSED, errors.Refusal.HEADER_TWICE)


def test_results_of_a_pinned_server_tell_whose_server_sent_the_mail() -> None:
    raw = OWNERS.sign(mail(SITE), PROVIDERS["Microsoft 365"])
    pinned = Settings(authserv_id="mx.agent.example", own_check=False)

    def found(spf: str) -> errors.Refusal | None:
        results = f"Authentication-Results: mx.agent.example; {spf}; dmarc=pass header.from=example.org\r\n".encode()
        return objection(results + raw, DeliveryFacts(ingress="imap"), pinned)

    assert found("spf=pass smtp.mailfrom=anna@example.org") is None
    assert found("spf=pass smtp.mailfrom=example.org") is None
    for other in (
        "spf=pass smtp.mailfrom=eve@evil.example",
        "spf=fail smtp.mailfrom=anna@example.org",
        "spf=pass smtp.helo=example.org",
        "spf=pass smtp.mailfrom=anna@example.org; spf=fail smtp.mailfrom=eve@evil.example",
        "dkim=pass header.d=example.org",
    ):
        assert found(other) is errors.Refusal.NOT_ADDRESSED, other


def test_forged_signatures_of_the_owners_domain_do_not_widen_what_the_true_one_covers() -> None:
    raw = OWNERS.sign(mail(SITE), PROVIDERS["Microsoft 365"])
    forged = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=from:to:date:subject:content-type; bh=AAAA; b=AAAA\r\n"
    broken = b"DKIM-Signature: v=1; a=rsa-sha256; nonsense\r\n"

    for above in (forged, forged * 9, broken + forged):
        assert objection(above + raw, _facts("ses", ELSEWHERE)) is errors.Refusal.NOT_ADDRESSED


def test_a_signature_over_a_part_of_the_body_covers_nothing_though_a_server_passes_it() -> None:
    raw = OWNERS.sign(mail(SITE), PROVIDERS["Fastmail"]).replace(b"; s=s1;", b"; l=10; s=s1;", 1)

    assert b"l=10" in raw
    assert objection(raw, _facts("ses", ELSEWHERE)) is errors.Refusal.NOT_ADDRESSED


# ── ARC ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Result(str):
    method = "dmarc"


@pytest.fixture
def parses_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """dkimpy seals with the help of a library that is not needed to verify: it gets one result of one server."""
    found = types.SimpleNamespace(authserv_id="lists.example", results=[_Result("dmarc=pass header.from=example.org")])
    header = types.SimpleNamespace(parse=lambda text: found)
    monkeypatch.setattr(dkim, "authres", types.SimpleNamespace(AuthenticationResultsHeader=header), raising=False)


def _sealed(raw: bytes, covered: str) -> bytes:
    """The mail as a forwarder passes it on: a footer below, its results and its seal above."""
    seen = b"Authentication-Results: lists.example; none\r\n" + raw + b"-- \r\nA footer of the list\r\n"
    names = [name.encode() for name in covered.split(":")]
    seals: list[bytes] = dkim.arc_sign(
        seen, b"s1", b"lists.example", LISTS.private, b"lists.example", include_headers=names
    )
    return b"".join(seals) + seen


SEALING = Settings(own_check=False, arc_sealers=frozenset({"lists.example"}))
FULL = "from:to:cc:subject:date:message-id:content-type:content-transfer-encoding:mime-version:in-reply-to:references"


@pytest.mark.usefixtures("parses_results")
def test_a_named_sealer_makes_a_mail_good_as_far_as_its_seal_covers_it() -> None:
    facts = DeliveryFacts(ingress="smtp", sender="list@lists.example", client_address=ELSEWHERE)

    def found(to: str, covered: str) -> errors.Refusal | None:
        raw = _sealed(OWNERS.sign(mail(to), PROVIDERS["Microsoft 365"]), covered)
        return objection(raw, facts, SEALING)

    assert found(SITE, FULL) is None
    assert found(FRIEND, FULL) is errors.Refusal.NOT_ADDRESSED
    assert found(SITE, FULL.replace("to:", "", 1)) is errors.Refusal.NOT_ADDRESSED
    assert found(SITE, FULL.replace("subject:", "")) is errors.Refusal.NOT_SIGNED

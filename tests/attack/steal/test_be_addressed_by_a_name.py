"""Somebody calls themselves by the project's address. An owner's answer to them, which names it so, is to run as a command."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.mail.authenticate.verdict import DeliveryFacts
from tests.attack.owners_mail import ELSEWHERE, OWNERS, PROVIDERS, SITE, mail, objection

EVE = "eve@evil.example"
ENCODED = SITE.replace("@", "=40")
#: To, as a mail program writes it that answers somebody of such a name.
NAMES = {
    "a name": f'"{SITE}" <{EVE}>',
    "a name without quotes": f"{SITE} <{EVE}>",
    "a name with commas": f'"a, {SITE}, b" <{EVE}>',
    "a name with a bracket": f'"<{SITE}>, x" <{EVE}>',
    "a quote in a name": f'"x\\", <{SITE}>, \\"y" <{EVE}>',
    "an encoded name": f"=?utf-8?q?{ENCODED}?= <{EVE}>",
    "an encoded name with commas": f"=?utf-8?q?a=2C_{ENCODED}=2C?= <{EVE}>",
    "a folded name": f"a\r\n\t{SITE}\r\n <{EVE}>",
    "a comment": f"{EVE} ({SITE})",
    "a comment with a comma": f"(a, {SITE}) {EVE}",
    "comments in comments": f"(a (b) <{SITE}>,) {EVE}",
    "a group": f"{SITE}: {EVE};",
    "an empty group": f"{SITE}:;, {EVE}",
    "a group without an end": f"{SITE}: {EVE}",
    "a local part": f'"{SITE}"@evil.example',
    "two signs": f"{SITE}@evil.example",
    "a route": f"<@agent.example:{EVE}>",
    "a longer domain": f"{SITE}.evil.example",
    "a subdomain's parent": "site@x.agent.example",
    "a look-alike": SITE.replace("a", "\u0430"),
    "a character that vanishes": SITE.replace("agent", "ag\u00adent"),
    "a full stop of another script": SITE.replace(".", "\u3002"),
    "an end of text": f"{EVE}\x00, <{EVE}\x00{SITE}>",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_beside_an_address_is_nobody_that_a_mail_is_for(name: str) -> None:
    for provider in (
        "Fastmail",
        "Zoho",
        "Mailbox.org",
    ):  # who sign all that a command needs, so that only To is in doubt
        raw = OWNERS.sign(mail(NAMES[name]), PROVIDERS[provider])
        facts = DeliveryFacts(ingress="smtp", sender=EVE, client_address=ELSEWHERE)
        assert objection(raw, facts) is errors.Refusal.NOT_ADDRESSED, provider


@pytest.mark.parametrize(
    "to",
    [f"{EVE}, {SITE}", f"x: {EVE}, {SITE};", f'"eve@evil.example" <{SITE}>', f"{EVE};{SITE}", f"Site <{SITE}> , Eve <{EVE}>"],
)  # fmt: skip
def test_who_is_written_to_beside_them_is(to: str) -> None:
    raw = OWNERS.sign(mail(to), PROVIDERS["Fastmail"])
    assert objection(raw, DeliveryFacts(ingress="smtp", sender=EVE, client_address=ELSEWHERE)) is None

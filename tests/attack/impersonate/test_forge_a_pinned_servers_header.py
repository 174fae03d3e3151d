"""A stranger who knows which mail server Hermes believes wants to pass by a way in that this server does not stand before."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.domain.mails import Outcome
from tests.integration.gateway.play import ANNA, EVE, Play
from tests.integration.mail.correspondence import deliver, settings, written

NAME = "mx.google.com"
FORGED = (
    f"Authentication-Results: {NAME}; spf=pass smtp.mailfrom={ANNA}; dmarc=pass header.from=example.org\r\n".encode()
)
PROVIDERS = [
    {"name": "edge", "kind": "hmac", "secret": "a long random key"},
    {"name": "other", "kind": "hmac", "secret": "another long random key"},
]
#: A way in -> the settings that name the server for it alone.
WAYS: dict[str, dict[str, Any]] = {
    "imap": {"imap_ingress": {"authserv_id": NAME}},
    "smtp": {"smtp_ingress": {"enabled": False, "trust_loopback": False, "authserv_id": NAME}},
    "lmtp": {"lmtp_ingress": {"authserv_id": NAME}},
    "pipe": {"pipe_ingress": {"authserv_id": NAME}},
    "http/edge": {"http_ingress": {"providers": [{**PROVIDERS[0], "authserv_id": NAME}, PROVIDERS[1]]}},
}


@pytest.mark.parametrize("believed", WAYS)
async def test_a_server_vouches_for_the_way_in_that_it_stands_before_and_no_other(play: Play, believed: str) -> None:
    gateway = await play.gateway(**settings(play, **WAYS[believed]))

    for way in (*WAYS, "http/other", "http", "ses", "sns", "file", ""):
        raw = FORGED + written("Delete the old pages", author=ANNA, message_id=f"<{way.replace('/', '-')}@example.org>")
        record = await deliver(play, gateway, raw, ingress=way, sender=EVE)
        assert record.outcome is (Outcome.COMMAND if way == believed else Outcome.REFUSED), way
    assert len(play.launcher.requests) == 1


@pytest.mark.parametrize(("name", "value"), [("authserv_id", NAME), ("authserv_hops", 1)])
def test_a_server_for_every_way_in_is_a_mistake_that_is_named(name: str, value: object) -> None:
    with pytest.raises(errors.ConfigError, match="imap_ingress") as caught:
        config.parse({"authentication": {name: value}})
    assert f"set {name} in the section" in caught.value.message
    with pytest.raises(errors.ConfigError, match="imap_ingress"):
        config.load(None, {f"HERMES_AUTHENTICATION__{name.upper()}": str(value)})

"""Whom a load balancer of AWS signed in: the token of the configured one alone counts, with a key of the region, until it ends."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hermes import errors
from hermes.config import loading as config
from hermes.config.web_settings import WebLoadBalancer
from hermes.web.access import load_balancer
from hermes.web.access.load_balancer import LoadBalancerClaims
from tests import env

SIGNER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/hermes/50dc6c495c0c9188"
KID = "0f3c8f0e-6d1a-4c6e-9a53-3f1d0b8f6a11"
NOW = 1_700_000_000.0
PRIVATE = ec.generate_private_key(ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey = PRIVATE) -> bytes:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind)


def _part(values: Any) -> bytes:
    # As AWS writes it: with the padding that JWT leaves out.
    return base64.urlsafe_b64encode(json.dumps(values).encode())


def token(*, key: ec.EllipticCurvePrivateKey = PRIVATE, claims: Any = None, **header: Any) -> str:
    """What a load balancer puts into the header; None takes a field out of it."""
    ends = NOW + 120
    given = {
        "typ": "JWT",
        "kid": KID,
        "alg": "ES256",
        "iss": "https://id.example",
        "client": "hermes",
        "signer": SIGNER,
        "exp": ends,
    }
    payload = {"sub": "1", "email": "olga@acme.example", "exp": ends, "iss": "https://id.example"} | (claims or {})
    signed = b".".join(
        _part({name: value for name, value in one.items() if value is not None}) for one in (given | header, payload)
    )
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return (signed + b"." + signature).decode()


class _Keys:
    """The server of the keys."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: tuple[int, bytes] | None = (200, pem())

    def __call__(self, url: str) -> tuple[int, bytes]:
        self.asked.append(url)
        if self.answer is None:
            raise errors.NoAnswer("keys.example gave no answer: TimeoutError")
        return self.answer


class _Stage:
    def __init__(self, **settings: Any) -> None:
        self.keys, self.now = _Keys(), NOW
        self.claims = LoadBalancerClaims(
            settings=WebLoadBalancer(signer=SIGNER, **settings),
            env=env.quiet(now=lambda: self.now, clock=lambda: self.now),
            fetch=self.keys,
        )

    def name(self, given: str) -> str | None:
        return asyncio.run(self.claims.name(given))


def test_the_name_is_the_verified_address_and_the_key_is_fetched_once_from_the_region() -> None:
    stage = _Stage()
    assert [stage.name(token()) for _ in range(3)] == ["olga@acme.example"] * 3
    assert stage.keys.asked == [f"https://public-keys.auth.elb.eu-central-1.amazonaws.com/{KID}"]
    stage.now += load_balancer.KEPT_SECONDS + 1
    assert stage.name(token()) is None  # its end
    assert len(stage.keys.asked) == 2


@pytest.mark.parametrize(
    "given",
    [
        "",
        "a.b.c",
        token(key=ec.generate_private_key(ec.SECP256R1())),
        token()[:-8] + "AAAAAA==",
        token(alg="none"),
        token(alg="HS256"),
        token(alg=None),
        token(claims={"exp": NOW - 31}),
        token(claims={"exp": "never"}),
        token(exp=NOW - 31),
        token(exp=None),
        token(claims={"email": None}),
        token(claims={"email": ["olga@acme.example"]}),
        token(claims={"email": ""}),
        token(claims={"email_verified": False}),
        token(claims={"email_verified": "false"}),
    ],
)
def test_what_the_load_balancer_did_not_sign_for_now_names_nobody(given: str) -> None:
    assert _Stage().name(given) is None


@pytest.mark.parametrize(
    "given",
    [
        token(signer=SIGNER.replace("123456789012", "210987654321")),
        token(signer=None),
        token(client="another"),
        token(kid="../../evil"),
        token(kid=KID + "\n"),
        token(kid=None),
    ],
)
def test_nothing_is_fetched_for_a_token_of_somebody_elses(given: str) -> None:
    stage = _Stage(client_id="hermes")
    assert stage.name(given) is None
    assert stage.keys.asked == []


def test_another_claim_may_hold_the_name() -> None:
    stage = _Stage(claim="preferred_username")
    assert stage.name(token(claims={"preferred_username": "olga", "email_verified": False})) == "olga"


def test_a_key_that_is_not_there_is_asked_for_again_after_a_minute() -> None:
    stage = _Stage()
    stage.keys.answer = (403, b"<Error/>")
    assert stage.name(token()) is None
    stage.keys.answer = (200, pem())
    assert stage.name(token()) is None
    stage.now += load_balancer.ABSENT_SECONDS + 1
    assert stage.name(token(exp=stage.now + 60, claims={"exp": stage.now + 60})) == "olga@acme.example"


@pytest.mark.parametrize("answer", [(200, b"no key at all"), (200, b"\xff")])
def test_a_key_that_is_none_verifies_nothing(answer: tuple[int, bytes]) -> None:
    stage = _Stage()
    stage.keys.answer = answer
    assert stage.name(token()) is None


@pytest.mark.parametrize("answer", [None, (503, b"")])
def test_where_the_keys_cannot_be_had_it_is_said_and_asked_again(answer: tuple[int, bytes] | None) -> None:
    stage = _Stage()
    stage.keys.answer = answer
    with pytest.raises(errors.NoAnswer):
        stage.name(token())
    stage.keys.answer = (200, pem())
    assert stage.name(token()) == "olga@acme.example"


def test_a_stranger_who_names_many_keys_causes_few_questions_and_known_ones_are_answered() -> None:
    stage = _Stage()
    assert stage.name(token()) == "olga@acme.example"
    stage.keys.answer = (404, b"")
    for number in range(load_balancer.QUESTIONS_A_MINUTE - 1):
        assert stage.name(token(kid=f"{number:08x}{KID[8:]}")) is None
    with pytest.raises(errors.NoAnswer, match="too many"):
        stage.name(token(kid=f"{99:08x}{KID[8:]}"))
    assert len(stage.keys.asked) == load_balancer.QUESTIONS_A_MINUTE
    assert stage.name(token()) == "olga@acme.example"
    stage.now += 61
    assert stage.name(token(kid=f"{99:08x}{KID[8:]}")) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"signer": "arn:aws:iam::1:user/x"}, "signer"),
        ({"signer": SIGNER, "keys_url": "http://keys.example/{kid}"}, "https address"),
        ({"signer": SIGNER, "keys_url": "https://keys.example/"}, "{kid}"),
        ({"signer": SIGNER.replace("arn:aws:", "arn:aws-cn:")}, "keys_url is missing"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, str], said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said.replace("{", r"\{")):
        config.parse({"web": {"load_balancer": settings}})


def test_the_keys_of_a_government_region_are_elsewhere() -> None:
    signer = SIGNER.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-central-1", "us-gov-west-1")
    found = WebLoadBalancer(signer=signer).keys_url
    assert found == "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/{kid}"

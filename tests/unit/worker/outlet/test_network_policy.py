"""What a project's programs may reach, and what an answer of a model costs."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from hermes.config.walls_settings import WallsSettings
from hermes.worker.outlet import policy, providers
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.usage import AnswerMeter


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("pypi.org", 443, True),
        ("PyPI.org.", 443, True),
        ("example.com", 443, True),
        ("a.example.net", 443, True),
        ("a.b.example.net", 443, False),
        ("example.net", 443, False),
        ("notexample.com", 443, False),
        ("example.com.evil.test", 443, False),
        ("example.com", 8443, False),
        ("example.org", 8443, True),
        ("example.org", 443, False),
        ("github.com", 443, False),
        ("bedrock-runtime.eu-central-1.amazonaws.com", 443, True),
        ("bedrock.us-east-1.amazonaws.com", 443, True),
        ("bedrock.attackers-bucket.s3.amazonaws.com", 443, False),
        ("europe-west1-aiplatform.googleapis.com", 443, True),
        ("sqs.eu-central-1.amazonaws.com", 443, False),
    ],
)
def test_only_listed_hosts_are_allowed(host: str, port: int, allowed: bool) -> None:
    network = ("registry", "model", "example.com", "*.example.net", "example.org:8443")
    assert NetworkPolicy.of(network).allows(host, port) is allowed


def test_a_star_is_every_host_on_the_ports_of_the_web() -> None:
    everywhere = NetworkPolicy.of(("*",))
    assert everywhere.allows("paste.example", 443)
    assert not everywhere.allows("paste.example", 25)


def test_without_tls_things_are_only_fetched() -> None:
    assert NetworkPolicy.allows_plain("get")
    assert not NetworkPolicy.allows_plain("POST")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "169.254.170.2",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:0:1::",
        "no address",
    ],
)
def test_an_address_that_is_not_public_is_never_reached(address: str) -> None:
    assert not policy.public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14"])
def test_an_address_of_the_internet_is(address: str) -> None:
    assert policy.public(address)


@pytest.mark.parametrize("entry", ["https://example.com", "registries", "exa mple.com", "10.0.0.0/8", "a*.example.com"])
def test_an_entry_that_names_no_host_is_refused_with_what_is_right(entry: str) -> None:
    with pytest.raises(ValidationError, match=r"example\.com:8443"):
        WallsSettings(network=(entry,))


def test_tokens_stand_in_for_the_keys_that_the_project_lists_and_no_others() -> None:
    environ = {
        "ANTHROPIC_API_KEY": "sk-ant-api03-abc",
        "OPENAI_API_KEY": "sk-def",
        "OTHER": "x",
        "OPENAI_API_BASE": "http://10.0.0.1/v1/",
    }
    stand = providers.stand_in(environ, ("ANTHROPIC_API_KEY", "OTHER", "OPENAI_API_BASE"))
    assert set(stand.services) == {"anthropic"}
    token = stand.variables["ANTHROPIC_API_KEY"]
    assert token.startswith("sk-ant-api03-hermes-")
    assert "abc" not in token
    assert stand.variables["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:{port}/model/anthropic"
    both = providers.stand_in(environ, ("OPENAI_API_KEY",))
    assert both.services["openai"].url == "http://10.0.0.1/v1"
    assert providers.names(("OPENAI_API_KEY",)) == ("OPENAI_BASE_URL", "OPENAI_API_BASE")


def _stream(*events: object) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)


@pytest.mark.parametrize(
    ("path", "answer", "streamed", "cost"),
    [
        (
            "v1/messages",
            _stream(
                {
                    "message": {
                        "model": "claude-opus-4-1",
                        "usage": {"input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 1},
                    }
                },
                {"usage": {"output_tokens": 20}},
            ),
            True,
            10 * 15 + 100 * 1.5 + 20 * 75,
        ),
        (
            "v1/messages",
            json.dumps(
                {
                    "model": "claude-haiku-4-5",
                    "usage": {"input_tokens": 4, "cache_creation_input_tokens": 8, "output_tokens": 2},
                }
            ).encode(),
            False,
            4 + 8 * 1.25 + 10,
        ),
        (
            "chat/completions",
            _stream(
                {"model": "gpt-5", "usage": None},
                {
                    "usage": {
                        "prompt_tokens": 30,
                        "completion_tokens": 4,
                        "prompt_tokens_details": {"cached_tokens": 10},
                    }
                },
            ),
            True,
            20 * 1.25 + 10 * 0.125 + 40,
        ),
        (
            "responses",
            _stream({"response": {"model": "gpt-5-mini", "usage": {"input_tokens": 8, "output_tokens": 3}}}),
            True,
            8 * 0.25 + 6,
        ),
        (
            "v1/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
            _stream(
                {
                    "modelVersion": "x",
                    "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 1, "thoughtsTokenCount": 1},
                }
            ),
            True,
            2 * 3 + 2 * 15,
        ),
        ("v1/messages/count_tokens", b'{"input_tokens": 1000000}', False, 0),
        ("v1/models", b"{}", False, 0),
    ],
)
def test_an_answer_costs_what_its_service_reports(path: str, answer: bytes, streamed: bool, cost: float) -> None:
    meter = AnswerMeter(path=path, request=b'{"model": "m"}', streamed=streamed)
    for start in range(0, len(answer), 7):
        meter.feed(answer[start : start + 7])
    assert meter.cost_usd() * 1e6 == pytest.approx(cost)


def test_a_stream_without_numbers_is_estimated_and_not_free() -> None:
    meter = AnswerMeter(path="chat/completions", request=b'{"model": "gpt-5"}' * 100, streamed=True)
    meter.feed(_stream({"choices": [{"delta": {"content": "x"}}]}) * 100)
    assert meter.cost_usd() > 0

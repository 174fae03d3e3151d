"""The pointer: our own, and what SES says in its place, bare or inside an SNS envelope."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.domain import pointer

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "ses"

NOTIFICATION: dict[str, Any] = {
    "notificationType": "Received",
    "mail": {
        "timestamp": "2026-03-01T12:00:00.500Z",
        "source": "anna@people.test",
        "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
        "destination": ["site@hermes.test", "somebody@else.test"],
        "headers": [{"name": "X-SES-Spam-Verdict", "value": "FAIL"}],
    },
    "receipt": {
        "recipients": ["site@hermes.test", "shop@hermes.test"],
        "spamVerdict": {"status": "PASS"},
        "virusVerdict": {"status": "GRAY"},
        "spfVerdict": {"status": "PROCESSING_FAILED"},
        "dkimVerdict": {"status": "PASS"},
        "dmarcVerdict": {"status": "FAIL"},
        "dmarcPolicy": "reject",
        "action": {"type": "S3", "bucketName": "their-bucket", "objectKey": "inbound/d6iito"},
    },
}


def enveloped(document: dict[str, Any]) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t", "Message": json.dumps(document)})


def without(*path: str) -> dict[str, Any]:
    document = copy.deepcopy(NOTIFICATION)
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return document


def replaced(value: Any, *path: str) -> dict[str, Any]:
    document = copy.deepcopy(NOTIFICATION)
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return document


def test_our_own_pointer_comes_back_as_it_was() -> None:
    one = pointer.Pointer(
        key="mails/1.eml",
        recipient="site@hermes.test",
        sender="",
        ingress="smtp",
        received_at=1.5,
        trusted=True,
        size=7,
    )

    assert pointer.read(one.model_dump_json()) == (one,)


@pytest.mark.parametrize(
    "claims",
    [
        {"ingress": "imap", "trusted": True},
        {"ingress": "http", "trusted": True},
        {"ingress": "ses", "trusted": True},
        {"ingress": "smtp", "ses": {"dmarc": "PASS"}},
        {"ingress": "pipe", "ses": {"dmarc": "PASS", "spf": "PASS"}},
    ],
)
def test_a_way_in_says_only_what_it_can_know(claims: dict[str, object]) -> None:
    body = json.dumps({"key": "k", "recipient": "a@b.test", "received_at": 1, **claims})

    with pytest.raises(errors.Unreadable, match="ingress"):
        pointer.read(body)


def test_a_newer_version_may_say_more() -> None:
    body = '{"v":1,"key":"k","recipient":"a@b.test","ingress":"imap","received_at":1,"mood":"good"}'

    assert pointer.read(body)[0].ingress == "imap"


@pytest.mark.parametrize("body", [json.dumps(NOTIFICATION), enveloped(NOTIFICATION)], ids=["raw delivery", "SNS"])
def test_a_notification_is_a_pointer_for_each_envelope_recipient(body: str) -> None:
    found = pointer.read(body)

    assert [one.recipient for one in found] == ["site@hermes.test", "shop@hermes.test"]
    first = found[0]
    assert (first.key, first.bucket, first.ingress) == ("inbound/d6iito", "their-bucket", "ses")
    assert first.sender == "anna@people.test"
    assert first.received_at == first.order == 1772366400.5
    assert first.provider_id == "d6iitobk75ur44p8kdnnp7g2n800"
    assert first.trusted is False


def test_the_verdicts_are_the_receipts_and_not_the_headers() -> None:
    verdicts = pointer.read(json.dumps(NOTIFICATION))[0].ses

    assert verdicts == pointer.SesVerdicts(
        spam="PASS", virus="GRAY", spf="PROCESSING_FAILED", dkim="PASS", dmarc="FAIL", dmarc_policy="reject"
    )


def test_a_verdict_that_is_not_given_is_no_pass() -> None:
    verdicts = pointer.read(json.dumps(without("receipt", "dmarcVerdict")))[0].ses

    assert verdicts is not None
    assert verdicts.dmarc == ""


def test_nothing_in_a_notification_makes_it_trusted() -> None:
    document = {**NOTIFICATION, "trusted": True, "mail": {**NOTIFICATION["mail"], "trusted": True}}

    assert pointer.read(json.dumps(document))[0].trusted is False


def test_the_null_return_path_is_an_empty_sender() -> None:
    assert pointer.read(json.dumps(replaced("<>", "mail", "source")))[0].sender == ""
    assert pointer.read(json.dumps(without("mail", "source")))[0].sender is None


def test_the_destination_stands_in_for_absent_recipients() -> None:
    found = pointer.read(json.dumps(without("receipt", "recipients")))

    assert [one.recipient for one in found] == ["site@hermes.test", "somebody@else.test"]


def test_a_time_without_a_zone_is_utc() -> None:
    found = pointer.read(json.dumps(replaced("2026-03-01T12:00:00", "mail", "timestamp")))

    assert found[0].received_at == 1772366400.0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (without("receipt"), "lacks a part"),
        (without("mail"), "lacks a part"),
        (without("receipt", "action"), "lacks a part"),
        (without("mail", "timestamp"), "lacks a part"),
        (replaced("yesterday", "mail", "timestamp"), "lacks a part"),
        (replaced("SNS", "receipt", "action", "type"), "not S3"),
        (without("receipt", "action", "objectKey"), "not S3"),
        (replaced("Bounce", "notificationType"), "not a received mail"),
        (replaced("site@hermes.test", "receipt", "recipients"), "no list"),
        (replaced([{}], "receipt", "recipients"), "lacks a part"),
        (replaced(7, "mail", "source"), "lacks a part"),
        (replaced("PASS", "receipt", "spamVerdict"), "lacks a part"),
        (replaced([], "receipt"), "lacks a part"),
        (replaced({"destination": [], "timestamp": "2026-03-01T12:00:00Z"}, "mail"), ""),
    ],
)
def test_a_notification_that_is_none_is_unreadable_with_the_reason(document: dict[str, Any], words: str) -> None:
    if words == "":
        del document["receipt"]["recipients"]
        words = "names no recipient"
    for body in (json.dumps(document), enveloped(document)):
        with pytest.raises(errors.Unreadable, match=words):
            pointer.read(body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "[]",
        "null",
        "7",
        '"text"',
        "{}",
        '{"v":2,"key":"k","recipient":"a@b.test","ingress":"smtp","received_at":1}',
        '{"v":1,"recipient":"a@b.test","ingress":"smtp","received_at":1}',
        '{"Type":"Notification","Message":"Successfully validated SNS topic for Amazon SES event publishing."}',
        '{"Type":"Notification","Message":{"not":"text"}}',
        '{"Type":"SubscriptionConfirmation","SubscribeURL":"https://sns.example"}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda body: body[:40],
)
def test_anything_else_is_unreadable(body: str) -> None:
    with pytest.raises(errors.Unreadable):
        pointer.read(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["mail", "receipt"]),
    st.sampled_from(list(NOTIFICATION["receipt"]) + list(NOTIFICATION["mail"])),
    json_values,
)
def test_no_value_in_no_place_raises_anything_but_unreadable(section: str, name: str, value: Any) -> None:
    document = copy.deepcopy(NOTIFICATION)
    document[section][name] = value
    try:
        for one in pointer.read(enveloped(document)):
            assert isinstance(one.recipient, str)
            assert not one.trusted
    except errors.Unreadable:
        pass


# ── real ones ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}: the shared test data is not here")
    return CORPUS


def test_a_real_notification_of_an_s3_action_is_read(corpus: Path) -> None:
    (found,) = pointer.read((corpus / "action_mailbox_ingress" / "inbound_email_s3.json").read_text())

    assert found.recipient == "recipient@example.com"
    assert found.sender == "sender@example.com"
    assert found.key
    assert found.bucket
    assert found.ses is not None
    assert found.ses.spam == "PASS"
    assert found.ses.dkim in {"PASS", "GRAY"}


def test_a_real_receipt_with_and_without_the_s3_action(corpus: Path) -> None:
    good = json.loads((corpus / "ses-s3-event.json").read_text())["Records"][0]["ses"]
    other = json.loads((corpus / "ses-sns-event.json").read_text())["Records"][0]["ses"]

    (found,) = pointer.read(json.dumps(good))
    assert (found.bucket, found.key) == ("my-S3-bucket", "email")
    assert found.ses is not None
    assert (found.ses.dmarc, found.ses.dmarc_policy) == ("PASS", "reject")
    with pytest.raises(errors.Unreadable, match="'SNS', not S3"):
        pointer.read(json.dumps(other))


def test_real_subscription_requests_and_foreign_events_are_unreadable(corpus: Path) -> None:
    foreign = [
        *sorted(corpus.glob("action_mailbox_ingress/*subscription_request.json")),
        corpus / "action_mailbox_ingress" / "invalid_signature.json",
        corpus / "sns-event.json",
        corpus / "sqs-event.json",
        corpus / "ses-lambda-event.json",
    ]
    for path in foreign:
        with pytest.raises(errors.Unreadable):
            pointer.read(path.read_text())

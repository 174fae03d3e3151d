"""The pointer on the inbound queue: the raw mail, its recipient, and the facts of its delivery. One model for every way in.

Two writers exist: our own ingresses put `Pointer` as JSON; SES puts its notification, either bare (raw delivery) or inside an SNS
envelope. `read` takes all three. Source: "Amazon SES: contents of notifications for receiving email" and "Amazon SNS: message formats".
"""

from __future__ import annotations

import datetime
import json
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hermes import errors

#: The ways in that know the address of the client.
_MAY_TRUST = frozenset({"smtp", "lmtp"})


#: Of a From in a notification: one author's name and address have far fewer, and each character is looked at.
_FROM_CHARS: Final = 2000


class SesVerdicts(BaseModel):
    """The verdicts of an SES receipt, each `PASS`, `FAIL`, `GRAY` or `PROCESSING_FAILED`; empty where SES gave none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    spam: str = ""
    virus: str = ""
    dmarc_policy: str = ""


class Pointer(BaseModel):
    """The S3 key of one raw mail for one envelope recipient, and the facts of its delivery."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    key: str
    """S3 key of the raw mail."""
    bucket: str | None = None
    """Only where it is not our own bucket (SES may store elsewhere)."""
    recipient: str
    """Envelope recipient."""
    sender: str | None = None
    """Envelope sender; empty for the null return path, None if not known."""
    ingress: str
    """`smtp`, `lmtp`, `ses`, `imap`, `pipe` or `http/PROVIDER`."""
    received_at: float
    """Epoch seconds by the clock of its receiver."""
    order: float | None = None
    """Place in ingress order (epoch seconds by ONE clock); None: the queue's own time of sending is taken."""
    trusted: bool = False
    """Delivered on loopback of a development gateway, whose operator vouches for the sender."""
    client_address: str | None = None
    ses: SesVerdicts | None = None
    provider_id: str | None = None
    size: int = 0
    claimed: tuple[str, ...] | None = Field(None, exclude=True)
    """Of a mail that SES took in: its From headers as the notification has them; None where it has none of the header."""

    @model_validator(mode="after")
    def _only_what_its_way_in_may_say(self) -> Self:
        if self.trusted and self.ingress not in _MAY_TRUST:
            raise ValueError(f"a mail of the ingress {self.ingress!r} cannot have been handed in on loopback")
        if self.ses is not None and self.ingress != "ses":
            raise ValueError(f"a mail of the ingress {self.ingress!r} has no receipt of SES")
        return self


class _S3Action(BaseModel):
    type: str
    bucket_name: str = Field("", alias="bucketName")
    object_key: str = Field("", alias="objectKey")


def read(body: str) -> tuple[Pointer, ...]:
    """The pointers in one message of the inbound queue: one for each envelope recipient.

    Raises `errors.Unreadable` with what is wrong.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise errors.Unreadable(f"inbound message is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise errors.Unreadable("inbound message is not a JSON object")
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        return read(document["Message"])
    if "notificationType" in document or "receipt" in document:
        return _from_ses(document)
    try:
        return (Pointer.model_validate(document),)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise errors.Unreadable(f"inbound message is no pointer: {where}: {first['msg']}") from error


def _from_ses(document: dict[str, Any]) -> tuple[Pointer, ...]:
    if document.get("notificationType", "Received") != "Received":
        raise errors.Unreadable(f"SES notification of type {document.get('notificationType')!r} is not a received mail")
    try:
        receipt, mail = document["receipt"], document["mail"]
        action = _S3Action.model_validate(receipt["action"])
        recipients = receipt.get("recipients") or mail.get("destination") or []
        stamp = _epoch(str(mail["timestamp"]))
        verdicts = SesVerdicts(
            **{name: str((receipt.get(f"{name}Verdict") or {}).get("status", "")) for name in _VERDICTS},
            dmarc_policy=str(receipt.get("dmarcPolicy") or ""),
        )
        if not isinstance(recipients, list):
            raise TypeError("recipients is no list")
        claimed = _claimed(mail)
        pointers = tuple(
            Pointer(
                key=action.object_key,
                bucket=action.bucket_name or None,
                recipient=recipient,
                sender="" if mail.get("source") == "<>" else mail.get("source"),
                ingress="ses",
                received_at=stamp,
                order=stamp,
                ses=verdicts,
                provider_id=mail.get("messageId"),
                claimed=claimed,
            )
            for recipient in recipients
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise errors.Unreadable(f"SES notification lacks a part: {error!r}"[:500]) from error
    if action.type != "S3" or not action.object_key:
        raise errors.Unreadable(f"SES receipt action is {action.type!r}, not S3: the raw mail cannot be found")
    if not pointers:
        raise errors.Unreadable("SES notification names no recipient")
    return pointers


def _claimed(mail: dict[str, Any]) -> tuple[str, ...] | None:
    """The header fields themselves where SES included all of them, else what SES parsed of them."""
    fields = mail.get("headers")
    if isinstance(fields, list) and not mail.get("headersTruncated"):
        pairs = [(one.get("name"), one.get("value")) for one in fields if isinstance(one, dict)]
        return tuple(str(value)[:_FROM_CHARS] for name, value in pairs if str(name).lower() == "from")
    common = mail.get("commonHeaders")
    if not isinstance(common, dict):
        return None
    authors = common.get("from")
    return tuple(str(one)[:_FROM_CHARS] for one in authors) if isinstance(authors, list) else ()


def _epoch(stamp: str) -> float:
    moment = datetime.datetime.fromisoformat(stamp)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


_VERDICTS = ("spf", "dkim", "dmarc", "spam", "virus")

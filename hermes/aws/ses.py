"""SES v2: send one raw mail, and look at what the account may send."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from botocore import exceptions as boto

from hermes import errors
from hermes.aws import calls

#: One SendEmail, which is not repeated: the outbox does that, and knows that the mail may have gone.
SEND_SECONDS: Final = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class SesAccount:
    """What SES lets this account do in this region."""

    sending: bool
    """Not switched off, by AWS or by ourselves."""
    production: bool
    """Out of the sandbox: to any recipient, not to verified ones alone."""


class Ses:
    """The SES operations that Hermes uses."""

    def __init__(self, *, client: Any) -> None:
        self._client = client

    async def send(self, *, raw: bytes, sender: str, recipient: str) -> str:
        """SendEmail with raw content; returns SES's message id (bare, as the API gives it).

        `sender` is the address for SES's bounces, in a verified domain; an empty one is omitted, since SES has no null return path.
        The From header of the mail is not passed separately, because that would replace it.

        Raises `errors.AwsTimeout` where SES may have taken the mail, for whatever reason its answer is missing.
        """
        envelope = {"FeedbackForwardingEmailAddress": sender} if sender else {}
        try:
            answer = await calls.call(
                "SES SendEmail",
                self._client.send_email(
                    Destination={"ToAddresses": [recipient]}, Content={"Raw": {"Data": raw}}, **envelope
                ),
                seconds=SEND_SECONDS,
            )
        except errors.AwsUnavailable as error:
            cause = error.__cause__
            # botocore's ConnectionError: it was never reached. Its other errors of HTTP: the connection broke before the answer was there.
            if isinstance(cause, boto.ConnectionError):
                raise errors.AwsUnavailable(error.message, code=error.code, need=error.need, todo=error.todo) from cause
            if isinstance(cause, boto.HTTPClientError | boto.IncompleteReadError):
                raise errors.AwsTimeout(error.message) from cause
            raise
        return str(answer["MessageId"])

    async def account(self) -> SesAccount:
        """GetAccount."""
        found = await calls.call("SES GetAccount", self._client.get_account())
        enforced = str(found.get("EnforcementStatus", "HEALTHY")) == "SHUTDOWN"
        return SesAccount(
            sending=bool(found.get("SendingEnabled")) and not enforced,
            production=bool(found.get("ProductionAccessEnabled")),
        )

    async def verified(self, address: str) -> bool:
        """GetEmailIdentity: may mail be sent from this address, or in the sandbox to it? By itself, its domain or a domain above that."""
        domain = address.rpartition("@")[2]
        labels = domain.split(".")
        above = [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]
        for identity in ([address] if not address.startswith("@") else []) + above:
            try:
                found = await calls.call(
                    "SES GetEmailIdentity", self._client.get_email_identity(EmailIdentity=identity)
                )
            except errors.AwsRefused as error:
                if not error.missing:
                    raise
                continue
            if found.get("VerifiedForSendingStatus"):
                return True
        return False

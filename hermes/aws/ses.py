"""SES v2: send one raw mail."""

from __future__ import annotations

from typing import Any

from hermes.aws import calls


class Ses:
    """The SES operation that Hermes uses."""

    def __init__(self, *, client: Any) -> None:
        self._client = client

    async def send(self, *, raw: bytes, sender: str, recipient: str) -> str:
        """SendEmail with raw content; returns SES's message id (bare, as the API gives it).

        `sender` is the address for SES's bounces, in a verified domain; an empty one is omitted, since SES has no null return path.
        The From header of the mail is not passed separately, because that would replace it.
        """
        envelope = {"FeedbackForwardingEmailAddress": sender} if sender else {}
        answer = await calls.call(
            "SES SendEmail",
            self._client.send_email(
                Destination={"ToAddresses": [recipient]}, Content={"Raw": {"Data": raw}}, **envelope
            ),
        )
        return str(answer["MessageId"])

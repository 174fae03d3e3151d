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

        `sender` is where SES sends bounces, an address of a verified domain; an empty one is left out, since SES knows no null return path.
        Whom the mail is from, its own header says: a sender given beside it would take its place.
        """
        envelope = {"FeedbackForwardingEmailAddress": sender} if sender else {}
        answer = await calls.call(
            "SES SendEmail",
            self._client.send_email(
                Destination={"ToAddresses": [recipient]}, Content={"Raw": {"Data": raw}}, **envelope
            ),
        )
        return str(answer["MessageId"])

"""What SES is asked: bounces go to the return path, and the From header stays as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.aws.ses import Ses


class Client:
    """Takes down what it is asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    async def send_email(self, **parameters: Any) -> dict[str, str]:
        self.asked = parameters
        return {"MessageId": "0100"}


@pytest.mark.parametrize("sender", ["site+b-x-final-y@agent.example.com", ""])
async def test_bounces_go_to_the_return_path_and_the_author_is_the_headers(sender: str) -> None:
    client = Client()

    given = await Ses(client=client).send(raw=b"From: a@b\r\n\r\n", sender=sender, recipient="anna@example.org")

    assert given == "0100"
    assert client.asked.get("FeedbackForwardingEmailAddress", "") == sender
    assert "FromEmailAddress" not in client.asked
    assert client.asked["Destination"] == {"ToAddresses": ["anna@example.org"]}

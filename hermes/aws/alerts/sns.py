"""SNS: publish one notice to a topic."""

from __future__ import annotations

from typing import Any, Final

from hermes.aws import calls

#: What SNS takes as a subject: ASCII, under 100 characters, no line ends ("Amazon SNS API: Publish").
SUBJECT_CHARS: Final = 99


class Sns:
    """The SNS operation that Hermes uses."""

    def __init__(self, *, client: Any) -> None:
        self._client = client

    async def publish(self, *, topic: str, subject: str, text: str) -> None:
        """Publish. Raises `errors.AwsUnavailable`, `errors.AwsRefused`."""
        plain = "".join(one if " " <= one <= "~" else "?" for one in subject)[:SUBJECT_CHARS].strip()
        await calls.call("SNS Publish", self._client.publish(TopicArn=topic, Subject=plain, Message=text))

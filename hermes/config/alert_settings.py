"""The section `[alerts]`: where the operator is told of trouble."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from hermes.domain import idn

_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}\Z")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _address(value: str) -> str:
    try:
        valid = idn.validated(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error
    return f"{idn.ascii_lower(valid.local)}@{valid.domain}"


def _topic(value: str) -> str:
    if not _TOPIC.match(value):
        raise ValueError(f"{value!r} is no topic of SNS; one reads arn:aws:sns:REGION:ACCOUNT:NAME")
    return value


class AlertWebhook(BaseModel):
    """One address that is posted to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["json", "slack", "teams"] = "json"
    """`json`: the fields of the notice. `slack`: an incoming webhook. `teams`: a workflow that takes webhook requests."""
    url: str
    """Whoever knows it can post there: a secret."""

    @model_validator(mode="after")
    def _can_be_posted_to(self) -> AlertWebhook:
        try:
            parts = urlsplit(self.url)
            known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            known = False
        if not known:
            raise ValueError("the webhook's url is no address; one reads https://HOST/PATH")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError(f"the webhook's url at {parts.hostname} does not begin with https, and is a secret")
        return self


class Alerts(BaseModel):
    """Where the operator is told of trouble: once for each kind and thing in an hour. Without a channel nobody is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mail: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    """Sent as replies are, from the first project's address."""
    webhooks: tuple[AlertWebhook, ...] = ()
    sns_topic: Annotated[str, AfterValidator(_topic)] | None = None
    """The gateway's role needs sns:Publish there."""

    @property
    def enabled(self) -> bool:
        """Whether there is a channel."""
        return bool(self.mail or self.webhooks or self.sns_topic)

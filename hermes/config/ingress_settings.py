"""The sections of the ways in other than SES and SMTP: LMTP, IMAP, the pipe and HTTP posts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from hermes import ids

_TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}\Z")
#: A name, or every name under a domain of its own.
_AUTHSERV_ID = r"^(?:\*\.[^\s*.]+(?:\.[^\s*.]+)+|[^\s*]+)$"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _topic(value: str) -> str:
    if not _TOPIC.match(value):
        raise ValueError(f"{value!r} is no topic of SNS; one reads arn:aws:sns:REGION:ACCOUNT:NAME")
    return value


def _name(value: str) -> str:
    if not ids.SLUG.match(value):
        raise ValueError("use lower-case letters, digits and inner hyphens, at most 32 characters")
    return value


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BorderServer(_Section):
    """The mail server in front of one way in. It vouches only for mail of that way in: anybody can forge its name elsewhere."""

    authserv_id: str | None = Field(None, min_length=1, max_length=255, pattern=_AUTHSERV_ID)
    """The name that it writes into Authentication-Results; it must take out others of that name. `*.DOMAIN` for servers whose names are
    under one domain, `unnamed` for one that writes no name (Microsoft 365)."""
    authserv_hops: int = Field(2, ge=0, le=20)
    """Received headers that may stand above that header."""


class PipeSettings(BorderServer):
    """The pipe, `hermes ingest`, which a mail server runs for each mail."""


class LmtpSettings(BorderServer):
    """The LMTP server that takes mail from a mail server on the same host or network."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(2424, ge=0, le=65535)
    path: Path | None = None
    """A Unix socket in place of host and port; who may enter its folder may connect."""
    relay_user: str | None = Field(None, min_length=1, max_length=64)
    """The user that the mail server connects as, such as `postfix`: at the socket, it is believed from which client it took a mail."""

    @model_validator(mode="after")
    def _relays_at_the_socket(self) -> LmtpSettings:
        if self.relay_user is not None and self.path is None:
            raise ValueError("relay_user is for a Unix socket: over TCP nobody can tell who connects; set path")
        return self


class OAuthSettings(_Section):
    """How access tokens are had for a mailbox whose provider takes no passwords."""

    token_url: str
    """The provider's token endpoint."""
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: str = ""
    scope: str = ""
    """What the token is for, as the provider names it."""
    refresh_token: str = ""
    """Of the owner's consent (Google); without it the application's own credentials are used (Microsoft 365)."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> OAuthSettings:
        parts = urlsplit(self.token_url)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
            raise ValueError(
                f"token_url {self.token_url!r} is no https address, and would send the secret in the clear"
            )
        if not self.client_secret and not self.refresh_token:
            raise ValueError("set client_secret, or refresh_token, or both")
        return self


class ImapSettings(BorderServer):
    """The mailbox that Hermes reads; no other program should read it."""

    enabled: bool = False
    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    """Certificates to believe instead of the system's."""
    username: str = ""
    password: str = ""
    oauth: OAuthSettings | None = None
    """In place of a password."""
    folder: str = "INBOX"
    address: str = ""
    """The project address for a mail whose headers name none of our addresses."""
    poll_seconds: float = Field(30, ge=1, le=3600)
    """Pause between two looks where the server cannot IDLE."""
    idle_seconds: float = Field(300, ge=1, le=1740)
    """One IDLE; RFC 2177 ends it after 29 minutes, and routers forget silent connections earlier."""
    since: AwareDatetime | None = None
    """Mail that the server received earlier is left alone; None: an hour before Hermes first opened the mailbox."""
    max_age_days: float = Field(7, gt=0, le=3650)
    """Mail that the server received longer ago is left alone: a migration may lose every mark."""

    @property
    def mailbox(self) -> str:
        """What tells this mailbox from every other."""
        return f"{self.username}@{self.host.lower()}/{self.folder}"

    @model_validator(mode="after")
    def _is_complete(self) -> ImapSettings:
        if not self.enabled:
            return self
        needed = ("host", "username", *(() if self.oauth else ("password",)), "folder", "address")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"it lacks {', '.join(missing)}")
        if self.oauth and self.password:
            raise ValueError("set password or oauth, not both")
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(f"security 'none' would send the password in the clear to {self.host!r}")
        return self


class HttpProvider(BorderServer):
    """A sender that may post raw mail to `/ingress/{name}`."""

    name: Annotated[str, AfterValidator(_name)]
    kind: Literal["mailgun", "postmark", "hmac"]
    secret: str = Field(min_length=16, max_length=500)
    """Mailgun: the webhook signing key. Postmark: the password of the webhook's address. `hmac`: the shared key."""
    username: str = "hermes"
    """Postmark alone: the user name of the webhook's address."""
    window_seconds: float | None = Field(None, gt=0, le=7 * 24 * 3600)
    """Age of a signed post that is still taken; without it 5 minutes, for Mailgun 12 hours."""


class HttpSettings(_Section):
    """The HTTP server that takes posts of raw mail and notifications of SNS; put a TLS proxy in front of it."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = Field(8025, ge=0, le=65535)
    providers: tuple[HttpProvider, ...] = ()
    sns_topics: frozenset[Annotated[str, AfterValidator(_topic)]] = frozenset()
    """Topics whose notifications are taken at `/ingress/sns`; subscriptions to others are not confirmed."""

    @model_validator(mode="after")
    def _has_something_to_serve(self) -> HttpSettings:
        names = [provider.name for provider in self.providers]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two providers are named {min(twice)!r}")
        if "sns" in names:
            raise ValueError("no provider may be named 'sns': that path is for sns_topics")
        if self.enabled and not names and not self.sns_topics:
            raise ValueError("it is enabled with neither providers nor sns_topics")
        return self

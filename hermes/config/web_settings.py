"""The settings of the page server: the probes, the page for people, and who may sign in."""

from __future__ import annotations

import base64
import binascii
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from hermes.config.sections import Port, Section
from hermes.config.values import NotBlank

#: Names and addresses of this machine alone.
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
#: The name of whoever signs in by a link that names nobody of the configuration.
OPERATOR: Final = "operator"
_HASH_PARTS: Final = 4


class WebUser(Section):
    """Somebody who may look at the page."""

    name: str = Field(min_length=1, max_length=100)
    hash: str | None = None
    """What `hermes web hash` printed for their password. Without it they come by the proxy alone."""
    role: Literal["reader", "operator"] = "reader"
    projects: tuple[str, ...] | None = None
    """`client/project`; without it they see everything."""

    @field_validator("hash")
    @classmethod
    def _hash_is_of_our_making(cls, value: str | None) -> str | None:
        if value is not None and hash_parts(value) is None:
            raise ValueError("it is no hash of a password: write what `hermes web hash` prints")
        return value


class WebToken(Section):
    """A program that may use `/api/v1`."""

    name: str = Field(min_length=1, max_length=100)
    hash: str = Field(pattern=r"^sha256\$[0-9a-f]{64}$")
    """What `hermes web token` printed; the token itself is kept by the program alone."""
    role: Literal["reader", "operator"] = "reader"
    projects: tuple[str, ...] | None = None
    """`client/project`; without it it sees everything."""


class WebProxy(Section):
    """A proxy that has signed people in before their requests come here."""

    user_header: str = Field("X-Forwarded-Email", pattern=r"^[A-Za-z0-9-]{1,64}$")
    """The header that holds the name; a name without a section in `web.users` is refused."""
    secret_header: str = Field("X-Hermes-Proxy", pattern=r"^[A-Za-z0-9-]{1,64}$")
    secret: str = Field(min_length=32)
    """What the proxy puts into `secret_header`, so that nobody else can be the proxy."""


class WebLoadBalancer(Section):
    """An Application Load Balancer of AWS that signs people in by OIDC: what it says of them is verified."""

    signer: str = Field(
        pattern=r"^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/app/[^\s]{1,200}$"
    )
    """Its ARN; what another load balancer signed is refused."""
    client_id: str | None = None
    """The client id of its OIDC action, where the load balancer has several."""
    claim: NotBlank = "email"
    """The claim that holds the name; a name without a section in `web.users` is refused."""
    keys_url: str = ""
    """Where its public keys are, with `{kid}` in it; by default that of the ARN's region."""

    @model_validator(mode="after")
    def _keys_are_somewhere(self) -> WebLoadBalancer:
        if not self.keys_url:
            partition, region = self.signer.split(":")[1], self.signer.split(":")[3]
            hosts = {
                "aws": f"https://public-keys.auth.elb.{region}.amazonaws.com/{{kid}}",
                "aws-us-gov": f"https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}/{{kid}}",
            }
            if partition not in hosts:
                raise ValueError(
                    f"keys_url is missing: where load balancers of {partition} have their keys is not known here"
                )
            object.__setattr__(self, "keys_url", hosts[partition])
        parts = urlsplit(self.keys_url)
        if "{kid}" not in self.keys_url or not (parts.scheme == "https" or parts.hostname in LOOPBACK):
            raise ValueError("keys_url: write an https address with {kid} in it")
        return self


class Web(Section):
    """The page server of a gateway: `/healthz`, `/readyz`, `/metrics` for all who can connect, the page for people who sign in."""

    enabled: bool = False
    host: NotBlank = "127.0.0.1"
    port: Port = 8080
    control_secret: str | None = Field(None, min_length=32)
    """Enables `/api/status` and `/api/interrupt/COMMAND` for those who have it (Authorization: Bearer …)."""
    pages: bool = False
    """Serve the page for people too."""
    url: str | None = None
    """The address at which people see the page, `https://hermes.example.com`; requests for other host names are refused."""
    hours: float = Field(12.0, gt=0, le=24 * 31)
    """How long somebody stays signed in."""
    users: tuple[WebUser, ...] = ()
    tokens: tuple[WebToken, ...] = ()
    """Programs that may use `/api/v1`; without one there is no such API."""
    proxy: WebProxy | None = None
    load_balancer: WebLoadBalancer | None = None

    @field_validator("url")
    @classmethod
    def _url_is_an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            whole = parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"} and not parts.query
            _ = parts.port
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("write scheme and host only, as https://hermes.example.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _others_need_an_address(self) -> Web:
        if self.pages and self.url is None and self.host not in LOOPBACK:
            raise ValueError(
                f"url is missing: pages are served on {self.host!r}, and only requests for url are answered"
            )
        if self.pages and not self.enabled:
            raise ValueError("pages needs enabled = true")
        names = [user.name for user in self.users]
        if len(set(names)) < len(names):
            raise ValueError(f"users: {next(name for name in names if names.count(name) > 1)!r} is there twice")
        programs = [token.name for token in self.tokens]
        if len(set(programs)) < len(programs):
            raise ValueError(f"tokens: {next(one for one in programs if programs.count(one) > 1)!r} is there twice")
        return self


def hash_parts(value: str) -> tuple[int, int, int, bytes, bytes] | None:
    """n, r, p, salt and digest of `scrypt$n,r,p$salt$digest`; None if it is none, or costs more than a sign-in may."""
    parts = value.split("$")
    if len(parts) != _HASH_PARTS or parts[0] != "scrypt":
        return None
    try:
        n, r, p = (int(part) for part in parts[1].split(","))
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (ValueError, binascii.Error):
        return None
    costs = n in {2**power for power in range(10, 18)} and 1 <= r <= 16 and 1 <= p <= 4
    return (n, r, p, salt, digest) if costs and len(salt) >= 8 and len(digest) >= 32 else None

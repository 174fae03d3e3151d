"""Sign-in: by password, by one-time link, by a proxy that signed the person in. And who somebody is at each later request.

Names, roles and projects are the configuration's; a browser keeps a signed ticket that names the person alone.
"""

from __future__ import annotations

import dataclasses
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import HTTPException, Request
from fastapi.responses import Response

from hermes import errors
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.aws.records.web_access import WebAccess
from hermes.config.web_settings import OPERATOR, Web, WebUser
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.web.access import tickets
from hermes.web.access.passwords import PasswordChecker
from hermes.web.access.tickets import Ticket

#: The header in which a load balancer of AWS says whom it signed in.
BALANCER_HEADER: Final = "x-amzn-oidc-data"
#: Tries are counted in windows of this length.
TRIES_SECONDS: Final = 900.0
#: Tries of one name in a window, from anywhere; and of one address, for any name.
TRIES_PER_NAME: Final = 10
TRIES_PER_ADDRESS: Final = 30


class SignInNeeded(Exception):
    """Nobody is signed in."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request of somebody who is signed in."""

    viewer: Viewer
    form_token: str
    """What the forms of the page carry, as the field `token`."""


@dataclasses.dataclass(frozen=True, slots=True)
class TooMany:
    """Too many tries: nothing was compared."""

    seconds: int


class SignIn:
    """Signs people in, and recognises them."""

    def __init__(
        self,
        *,
        settings: Web,
        access: WebAccess,
        env: Env,
        balanced: Callable[[str], Awaitable[str | None]] | None = None,
    ) -> None:
        """`balanced` tells whom a load balancer's token names, as `load_balancer.LoadBalancerClaims.name` does."""
        self._settings = settings
        self._balanced_name = balanced
        self._access = access
        self._env = env
        self._users: Mapping[str, WebUser] = {user.name: user for user in settings.users}
        self._checker = PasswordChecker()
        self._key: bytes | None = None

    @property
    def by_password(self) -> bool:
        """Whether anybody has a password."""
        return any(user.hash is not None for user in self._users.values())

    @property
    def secure(self) -> bool:
        """Whether the page is seen over https."""
        return (self._settings.url or "").startswith("https://")

    @property
    def cookie(self) -> str:
        """The cookie's name; a browser takes one with this prefix over https only, for this host alone."""
        return "__Host-hermes" if self.secure else "hermes"

    async def with_password(self, name: str, password: str, address: str) -> Ticket | TooMany | None:
        """A ticket; None if name or password are wrong. Every try counts, right or wrong: those at the same time too."""
        late = await self._late(name, address)
        if late is not None:
            return late
        user = self._users.get(name)
        if not await self._checker.matches(password, user.hash if user else None) or user is None:
            self._note("web.refused", "a sign-in was refused", name=name[:100])
            return None
        self._note("web.signed_in", "somebody signed in", name=name)
        return self._ticket(name, "password", tickets.proof(user.hash))

    async def with_link(self, secret: str, address: str) -> Ticket | TooMany | None:
        """A ticket; None if the link is unknown, used or too old."""
        late = await self._late(None, address)
        if late is not None:
            return late
        name = await self._access.use_link(secret, now=self._env.now())
        if name is None:
            self._note("web.refused", "a link for signing in was refused")
            return None
        self._note("web.signed_in", "somebody signed in by a link", name=name)
        return self._ticket(name, "link")

    async def keep(self, response: Response, ticket: Ticket) -> None:
        """Let the browser keep the ticket."""
        response.set_cookie(
            self.cookie,
            ticket.signed(await self._signing_key()),
            max_age=int(ticket.until - self._env.now()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def drop(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")

    async def visit(self, request: Request) -> Visit:
        """Who sends a request. Raises `SignInNeeded`, and `errors.NoAnswer` where nobody can tell now."""
        key = await self._signing_key()
        ticket = await self._balanced(request) or self._proxied(request)
        ticket = ticket or tickets.read(request.cookies.get(self.cookie, ""), key, now=self._env.now())
        viewer = self._viewer(ticket) if ticket else None
        if ticket is None or viewer is None:
            raise SignInNeeded
        return Visit(viewer=viewer, form_token=ticket.form_token(key))

    def _viewer(self, ticket: Ticket) -> Viewer | None:
        user = self._users.get(ticket.name)
        if user is None:
            by_link = ticket.way == "link" and ticket.name == OPERATOR
            return Viewer(name=OPERATOR, role=ViewerRole.OPERATOR) if by_link else None
        if ticket.way == "password" and ticket.proof != tickets.proof(user.hash):
            return None
        projects = None if user.projects is None else frozenset(user.projects)
        return Viewer(name=user.name, role=ViewerRole(user.role), projects=projects)

    def _proxied(self, request: Request) -> Ticket | None:
        proxy = self._settings.proxy
        if proxy is None:
            return None
        secrets, names = request.headers.getlist(proxy.secret_header), request.headers.getlist(proxy.user_header)
        if len(secrets) != 1 or len(names) != 1:
            return None
        if not hmac.compare_digest(secrets[0].encode("utf-8", "replace"), proxy.secret.encode()):
            return None
        return self._named_by_proxy(names[0])

    async def _balanced(self, request: Request) -> Ticket | None:
        """Whom the load balancer signed in. Raises `errors.NoAnswer` where that cannot be verified now."""
        tokens = request.headers.getlist(BALANCER_HEADER)
        if self._balanced_name is None or len(tokens) != 1:
            return None
        try:
            name = await self._balanced_name(tokens[0])
        except errors.NoAnswer as error:
            self._note("web.refused", f"who the load balancer signed in could not be verified: {error.message}")
            raise errors.NoAnswer("Who you are cannot be verified now. Try again in a minute.") from error
        return self._named_by_proxy(name) if name is not None else None

    def _named_by_proxy(self, name: str) -> Ticket:
        # It says at each request who it is; only the token of forms needs an id that lasts.
        return Ticket(name=name, way="proxy", until=self._env.now() + 1, id=f"proxy {name}")

    def _ticket(self, name: str, way: tickets.Way, proof: str = "") -> Ticket:
        return Ticket(name=name, way=way, until=self._env.now() + self._settings.hours * 3600, proof=proof)

    async def _late(self, name: str | None, address: str) -> TooMany | None:
        counted = {f"address {network(address)}": TRIES_PER_ADDRESS}
        if name is not None:
            counted[f"name {name}"] = TRIES_PER_NAME
        now = self._env.now()
        for whose, most in counted.items():
            if await self._access.count_try(whose, now=now, seconds=TRIES_SECONDS) > most:
                self._note("web.too_many_tries", "too many sign-ins were tried")
                return TooMany(int(TRIES_SECONDS - now % TRIES_SECONDS) + 1)
        return None

    async def _signing_key(self) -> bytes:
        if self._key is None:
            self._key = await self._access.key()
        return self._key

    def _note(self, event: str, text: str, **facts: str) -> None:
        self._env.emit(Event(event, self._env.now(), text, dict(facts)))


def network(address: str) -> str:
    """What is counted together: one address of IPv4, the /64 of a customer of IPv6."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def check_form(visit: Visit, fields: Mapping[str, str]) -> None:
    """Refuse a form that does not come from a page of this sign-in. Raises `HTTPException`."""
    if not hmac.compare_digest(fields.get("token", "").encode("utf-8", "replace"), visit.form_token.encode()):
        raise HTTPException(403, "This form is of another sign-in. Go back, load the page again, and repeat it.")


def operates(visit: Visit) -> None:
    """Refuse a reader. Raises `HTTPException`."""
    if not visit.viewer.operates:
        raise HTTPException(403, "You may look at this, but acting needs the role “operator”.")

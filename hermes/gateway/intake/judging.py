"""Judging: the verdict on a mail by the configured sources, in separate slots where DNS has to be asked.

A sender can choose whose DNS is asked, and how long that takes. So only owners' domains are asked, each domain has few
questions at once, and a domain that does not answer is left alone for a while: no mail of another domain waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import AsyncIterator
from typing import Final

from hermes import errors, limits
from hermes.config.current import ConfigSource
from hermes.domain.env import Env
from hermes.domain.pointer import Pointer
from hermes.gateway.intake.raw_mail import RawMail
from hermes.mail.authenticate import lookup, verdict
from hermes.mail.parse.address import Address

#: Mails that wait for DNS at once; each keeps only its header in memory, and no slot of the inbound queue.
JUDGINGS: Final = 64
#: Of these mails: those of one domain, and those of one domain that ask at the same time.
JUDGINGS_WAITING: Final = 16
JUDGINGS_OF_A_DOMAIN: Final = 4
#: A domain whose DNS gave no answer is not asked for this long; doubled each time, up to the second number.
DNS_QUIET_SECONDS: Final = 10.0
DNS_QUIET_SECONDS_MOST: Final = 300.0


@dataclasses.dataclass(slots=True)
class _Domain:
    """The state of one author's domain."""

    turn: asyncio.Semaphore
    under_way: int = 0
    failed: int = 0
    """Judgements in a row without an answer from its DNS."""
    quiet_until: float = 0.0
    """It is not asked before this time of the monotonic clock."""


class Judging:
    """The `Judge` that admission uses."""

    def __init__(self, *, config: ConfigSource, resolver: lookup.Resolver, env: Env) -> None:
        """`clock` is monotonic, in seconds."""
        self._config = config
        self._common = verdict.Settings(
            trust_loopback=config.current.smtp_ingress.trust_loopback, **config.current.authentication.model_dump()
        )
        self._resolver = resolver
        self._env = env
        self._domains: dict[str, _Domain] = {}
        self.under_way = 0
        """Mails that wait for DNS now; they take no slot from others."""

    async def __call__(self, pointer: Pointer, mail: RawMail, author: Address, *, ask: bool) -> verdict.Verdict:
        """As of `Judge`. Raises `errors.DnsUnavailable` where the domain's DNS gave no answer, `errors.Transient` where it is to be
        asked later."""
        domain = author.address.rpartition("@")[2].lower()
        # The trusted mail server is the one in front of this way in.
        border = self._config.current.border_of(pointer.ingress)
        settings = dataclasses.replace(self._common, authserv_id=border.authserv_id, authserv_hops=border.authserv_hops)
        judge = functools.partial(
            verdict.judge,
            verdict.DeliveryFacts.of(pointer),
            mail.head,
            domain,
            settings=settings,
            body=mail.body_hash,
        )
        said = await judge(resolver=None)
        looks = settings.own_check or settings.arc_sealers
        if ask and (said.presumed or (looks and not said.passed)):
            async with self._slot(domain):
                said = await judge(resolver=self._resolver)
        return said

    @contextlib.asynccontextmanager
    async def _slot(self, domain: str) -> AsyncIterator[None]:
        """A slot for one judgement on a domain; its result decides whether the domain is asked again soon."""
        state = self._domains.get(domain)
        if state is None:
            self._forget()
            state = self._domains[domain] = _Domain(asyncio.Semaphore(JUDGINGS_OF_A_DOMAIN))
        self._hold_quiet(domain, state)
        if self.under_way >= JUDGINGS or state.under_way >= JUDGINGS_WAITING:
            raise errors.Transient(f"too many mails wait for DNS already, {state.under_way} of them for {domain}")
        self.under_way += 1
        state.under_way += 1
        try:
            async with state.turn:
                self._hold_quiet(domain, state)
                yield
            state.failed = 0
        except errors.NameServersDown:
            raise
        except errors.DnsUnavailable:
            pause = min(DNS_QUIET_SECONDS * 2**state.failed, DNS_QUIET_SECONDS_MOST)
            if state.quiet_until <= self._env.clock():
                state.failed += 1
                state.quiet_until = self._env.clock() + pause
            raise
        finally:
            self.under_way -= 1
            state.under_way -= 1

    def _hold_quiet(self, domain: str, state: _Domain) -> None:
        left = state.quiet_until - self._env.clock()
        if left > 0:
            raise errors.DnsUnavailable(f"DNS of {domain} gave no answer lately; it is asked again in {left:.0f} s")

    def _forget(self) -> None:
        """Forget domains without a current judgement before there are too many: an owner may be a whole domain."""
        if len(self._domains) < limits.DNS_CACHED:
            return
        now = self._env.clock()
        idle = [name for name, one in self._domains.items() if not one.under_way and one.quiet_until <= now]
        for name in idle:
            del self._domains[name]

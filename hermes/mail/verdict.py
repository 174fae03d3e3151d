"""The verdict: is a mail from whom its From header claims? Judged here and nowhere else; facts in, one `Verdict` out.

The sources, in order: the operator's own loopback; the SES receipt of the notification (headers of the same name inside the mail are
the sender's to forge); the Authentication-Results of one pinned server; our own check of DKIM and SPF; ARC seals of named sealers.
A source passes the mail, fails it, or says nothing. What fails can only be saved by a named ARC sealer; what nobody passes is refused.
"""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from hermes import errors, limits
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.mail import alignment, authentication, body_hash, head, headers, lookup, seals, spf


class Source(enum.StrEnum):
    """Who said so."""

    LOOPBACK = "loopback"
    SES = "ses"
    AUTHSERV = "authserv"
    DKIM = "dkim"
    SPF = "spf"
    ARC = "arc"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class DeliveryFacts:
    """What the ingress knows; nothing of it comes from inside the mail."""

    ingress: str
    trusted: bool = False
    """Handed in on loopback."""
    client_address: str | None = None
    """Of the SMTP client that delivered it to us."""
    sender: str | None = None
    """Envelope sender."""
    ses: SesVerdicts | None = None

    @classmethod
    def of(cls, pointer: Pointer) -> DeliveryFacts:
        """The facts that a pointer carries."""
        return cls(
            ingress=pointer.ingress,
            trusted=pointer.trusted,
            client_address=pointer.client_address,
            sender=pointer.sender,
            ses=pointer.ses,
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Whom the operator believes."""

    trust_loopback: bool = False
    """For development alone."""
    authserv_id: str | None = None
    """The name that the operator's border server writes into Authentication-Results; it must strip others of that name."""
    authserv_hops: int = 2
    """Received headers that may stand above it."""
    own_check: bool = True
    """Check DKIM and SPF ourselves."""
    arc_sealers: frozenset[str] = frozenset()
    """Domains of forwarders whose seal is believed."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the author is who the mail says, who says so and why."""

    passed: bool
    source: Source
    reason: str
    domain: str


_Said = tuple[bool | None, Source, str]
Body = Callable[[body_hash.Canonical], Awaitable[bytes]]
"""The hash of the body in one canonical form; asked for once a signature over the header holds, not before."""


async def judge(
    facts: DeliveryFacts,
    raw: bytes,
    author_domain: str,
    *,
    settings: Settings,
    resolver: lookup.Resolver,
    body: Body | None = None,
) -> Verdict:
    """The verdict on one mail whose single author is in `author_domain`.

    Where `body` is given, `raw` may be the header alone. Raises `errors.DnsUnavailable` where only DNS could tell and did not: the mail
    is judged again later.
    """
    if facts.trusted and settings.trust_loopback:
        reason = "handed in on trusted loopback"
        return Verdict(passed=True, source=Source.LOOPBACK, reason=reason, domain=author_domain.lower())
    domain = lookup.name(author_domain)
    if domain is None:
        reason = "the author's domain is not one that DNS can hold"
        return Verdict(passed=False, source=Source.NONE, reason=reason, domain=author_domain)
    body = body or functools.partial(_hash, raw)
    raw = head.of(raw)
    resolver = _Patience(resolver, limits.VERDICT_SECONDS)
    said: list[_Said] = []
    if facts.ses is not None or facts.ingress == "ses":
        said.append(_ses(facts.ses or SesVerdicts()))
        if _infected(facts.ses):
            return _conclude(said, domain)
    elif settings.authserv_id:
        said.append(await asyncio.to_thread(_authserv, raw, domain, settings.authserv_id, settings.authserv_hops))
    if not any(passed is not None for passed, _, _ in said) and settings.own_check:
        # Behind a border server the client that we saw is that server: its address would vouch for whatever it relays.
        seen = facts if settings.authserv_id is None else replace(facts, client_address=None)
        said += await _own(seen, raw, domain, body, resolver)
    if not any(passed for passed, _, _ in said) and settings.arc_sealers:
        said.append(await _arc(raw, domain, settings.arc_sealers, body, resolver))
    return _conclude(said, domain)


def _conclude(said: list[_Said], domain: str) -> Verdict:
    """One pass passes; else the first fail is the reason, else all that was said."""
    for wanted in (True, False):
        for passed, source, reason in said:
            if passed is wanted:
                return Verdict(passed=wanted, source=source, reason=reason, domain=domain)
    reasons = "; ".join(reason for _, _, reason in said) or "no source of verdicts is set up for this way in"
    return Verdict(passed=False, source=Source.NONE, reason=reasons, domain=domain)


def _ses(verdicts: SesVerdicts) -> _Said:
    if _infected(verdicts):
        return False, Source.SES, f"SES: virus {verdicts.virus or 'unknown'}, spam {verdicts.spam or 'unknown'}"
    if verdicts.dmarc == "PASS":
        return True, Source.SES, "SES: DMARC PASS"
    if verdicts.dmarc == "FAIL":
        return False, Source.SES, f"SES: DMARC FAIL, the domain's policy is {verdicts.dmarc_policy or 'not known'}"
    return None, Source.SES, f"SES: DMARC {verdicts.dmarc or 'missing'}"


def _infected(verdicts: SesVerdicts | None) -> bool:
    return verdicts is not None and "FAIL" in (verdicts.virus, verdicts.spam)


def _authserv(raw: bytes, domain: str, authserv_id: str, hops: int) -> _Said:
    found, _, _ = headers.parse(raw)
    results = authentication.outermost(found, authserv_id, hops=hops)
    if isinstance(results, str):
        return None, Source.AUTHSERV, results
    opinion = authentication.opinion(results, domain)
    return opinion.passed, Source.AUTHSERV, f"{authserv_id}: {opinion.reason}"


async def _own(facts: DeliveryFacts, raw: bytes, domain: str, body: Body, resolver: lookup.Resolver) -> list[_Said]:
    """DKIM first, then SPF; DMARC's own record only makes alignment stricter."""
    policy = await _policy(domain, resolver)
    strict = policy.get("adkim", "r").lower() == "s"
    said = [await _dkim(raw, domain, strict, body, resolver)]
    if said[0][0] is None and facts.client_address and facts.sender:
        said.append(await _spf(facts, domain, policy.get("aspf", "r").lower() == "s", resolver))
    return said


async def _dkim(raw: bytes, domain: str, strict: bool, body: Body, resolver: lookup.Resolver) -> _Said:
    found = await asyncio.to_thread(seals.candidates, raw, domain, strict=strict)
    if isinstance(found, str):
        return None, Source.DKIM, found
    records, lost = await _records((signature.key_name for signature in found), resolver)
    reason = ""
    hashes: dict[body_hash.Canonical, bytes] = {}
    for signature in found:
        reason = await asyncio.to_thread(seals.verify, raw, signature, records)
        if reason:
            continue
        if signature.canonical not in hashes:
            hashes[signature.canonical] = await body(signature.canonical)
        if hashes[signature.canonical] == signature.body_hash:
            return True, Source.DKIM, f"DKIM pass for {signature.domain}"
        reason = f"the body is not the one that {signature.domain} signed"
    if lost:
        raise lost[0]
    return None, Source.DKIM, reason


async def _spf(facts: DeliveryFacts, domain: str, strict: bool, resolver: lookup.Resolver) -> _Said:
    sender = facts.sender or ""
    sender_domain = sender.rpartition("@")[2]
    if not alignment.aligned(sender_domain, domain, strict=strict):
        return None, Source.SPF, "the envelope sender is not aligned with the author's domain"
    result = await spf.check(client=facts.client_address or "", sender=sender, resolver=resolver)
    return (True if result is spf.Spf.PASS else None), Source.SPF, f"SPF {result.value} for {sender_domain}"


async def _arc(raw: bytes, domain: str, sealers: frozenset[str], body: Body, resolver: lookup.Resolver) -> _Said:
    names = await asyncio.to_thread(seals.arc_key_names, raw, sealers)
    canonical = seals.arc_canonical(raw) if names else None
    if canonical is None:
        return None, Source.ARC, "no ARC seal of a named sealer"
    records, lost = await _records(names, resolver)
    if lost:
        raise lost[0]
    opinion = await asyncio.to_thread(seals.arc_opinion, raw, domain, sealers, records, None)
    if opinion.passed:
        hashed = await body(canonical)
        opinion = await asyncio.to_thread(seals.arc_opinion, raw, domain, sealers, records, hashed)
    return opinion.passed, Source.ARC, opinion.reason


async def _policy(domain: str, resolver: lookup.Resolver) -> dict[str, str]:
    """The DMARC record of the domain or its organization (RFC 7489, 6.6.3)."""
    names = dict.fromkeys(name for name in (domain, alignment.organizational(domain)) if name)
    for name in names:
        found = alignment.policy(await resolver(f"_dmarc.{name}", "TXT"))
        if found is not None:
            return found
    return {}


async def _records(
    names: Iterable[str], resolver: lookup.Resolver
) -> tuple[dict[str, str], list[errors.DnsUnavailable]]:
    """The key among the TXT records of each name, and the questions that got no answer."""
    records: dict[str, str] = {}
    lost: list[errors.DnsUnavailable] = []

    async def ask(name: str) -> None:
        try:
            answer = await resolver(name, "TXT")
        except errors.DnsUnavailable as error:
            lost.append(error)
            return
        if answer:
            records[name] = next((text for text in answer if "p=" in text), answer[0])

    # Side by side: five keys of a slow server take as long as one.
    async with asyncio.TaskGroup() as questions:
        for name in dict.fromkeys(names):
            questions.create_task(ask(name), name=f"DNS {name}")
    return records, lost


class _Patience:
    """A resolver whose questions together wait for so many seconds, and no longer; what is done between them does not count."""

    def __init__(self, resolver: lookup.Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._left = seconds
        self._asking = 0
        self._since = 0.0

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        clock = asyncio.get_running_loop().time
        if not self._asking:
            self._since = clock()
        self._asking += 1
        try:
            async with asyncio.timeout_at(self._since + self._left):
                return await self._resolver(name, kind)
        except TimeoutError as error:
            raise errors.DnsUnavailable(f"DNS took longer than {limits.VERDICT_SECONDS:g} s for one mail") from error
        finally:
            self._asking -= 1
            if not self._asking:
                self._left -= clock() - self._since


async def _hash(raw: bytes, canonical: body_hash.Canonical) -> bytes:
    return await asyncio.to_thread(lambda: body_hash.of(body_hash.pieces(raw, head.end(raw)), canonical))

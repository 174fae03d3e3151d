"""The verdict whether a mail is from the author in its From header: facts in, one `Verdict` out. No other module decides this.

The sources, in order: the operator's own loopback; the SES receipt of the notification (headers of the same name inside the mail are
the sender's to forge); the Authentication-Results of one pinned server; our own check of DKIM and SPF; ARC seals of named sealers.
A source passes the mail, fails it, or has no opinion. Only a named ARC sealer can pass a failed mail; a mail that no source passes is
refused.
"""

from __future__ import annotations

import asyncio
import enum
import functools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from hermes import errors, limits
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.mail.authenticate import authentication, body_hash, dmarc, lookup, signatures, spf, trust
from hermes.mail.parse import head, headers

_NOT_ALIGNED: Final = "the envelope sender is not aligned with the author's domain"
#: What all DNS questions of one verdict wait for; past it the verdict is asked for again later.
VERDICT_SECONDS: Final = 15.0


class Source(enum.StrEnum):
    """The source of a verdict."""

    LOOPBACK = "loopback"
    SES = "ses"
    AUTHSERV = "authserv"
    DKIM = "dkim"
    SPF = "spf"
    ARC = "arc"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class DeliveryFacts:
    """The facts of the delivery, as the way in knows them; none comes from inside the mail."""

    ingress: str
    trusted: bool = False
    """Handed in on loopback."""
    client_address: str | None = None
    """Of the client from which our own or the provider's outermost server took it."""
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
    """The sources that the operator trusts for one way in."""

    trust_loopback: bool = False
    """For development alone."""
    authserv_id: str | None = None
    """The name that the operator's border server writes into Authentication-Results; it must strip others of that name. As of
    `authentication.outermost`."""
    authserv_hops: int = 2
    """Received headers that may stand above it."""
    own_check: bool = True
    """Check DKIM and SPF ourselves."""
    arc_sealers: frozenset[str] = frozenset()
    """Domains of forwarders whose seal is believed."""
    ses_receipts: bool = True
    """Mail comes by SES, and its receipts are believed; else a notification of SES is a forgery."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the author is verified, by which source and why."""

    passed: bool
    source: Source
    reason: str
    domain: str
    evidence: trust.Evidence = trust.NO_EVIDENCE
    """Of a pass: what it rests on, and so which parts of the mail are the author's."""
    presumed: bool = False
    """Which domains are one organization was told by the list of public suffixes alone: with DNS it may be another verdict."""


@dataclass(frozen=True, slots=True)
class _SourceOpinion:
    """The opinion of one source: passed, failed or none."""

    passed: bool | None
    source: Source
    reason: str
    evidence: trust.Evidence = trust.NO_EVIDENCE
    sender_domain: str | None = None
    """The domain of the envelope sender that SPF passed, as a source that has no opinion on the author said it."""


Body = Callable[[body_hash.Canonical], Awaitable[bytes | None]]
"""The hash of the body in one canonical form; asked for once a signature over the header holds, not before.

None: nothing of the body is ever read, because the mail is too large; then the header alone says whom that is told to.
"""


async def judge(
    facts: DeliveryFacts,
    raw: bytes,
    author_domain: str,
    *,
    settings: Settings,
    resolver: lookup.Resolver | None,
    body: Body | None = None,
) -> Verdict:
    """The verdict on one mail whose single author is in `author_domain`.

    Where `body` is given, `raw` may be the header alone. Without a resolver nobody is asked, and only what other servers say counts.
    Raises `errors.DnsUnavailable` where only DNS could tell and did not: the mail is judged again later.
    """
    if facts.trusted and settings.trust_loopback:
        reason = "handed in on trusted loopback"
        own = trust.Evidence(envelope=True)
        return Verdict(passed=True, source=Source.LOOPBACK, reason=reason, domain=author_domain.lower(), evidence=own)
    domain = lookup.name(author_domain)
    if domain is None:
        reason = "the author's domain is not one that DNS can hold"
        return Verdict(passed=False, source=Source.NONE, reason=reason, domain=author_domain)
    if facts.ingress == "ses" and not settings.ses_receipts:
        reason = "no mail comes by SES here (authentication.ses_receipts is off)"
        return Verdict(passed=False, source=Source.SES, reason=reason, domain=domain)
    body = body or functools.partial(_hash, raw)
    raw = head.of(raw)
    asking = _Patience(resolver, VERDICT_SECONDS) if resolver is not None else None
    policy = dmarc.Dmarc(domain, asking)
    opinions: list[_SourceOpinion] = []
    if facts.ses is not None or facts.ingress == "ses":
        opinions.append(await _ses(facts, raw, policy))
    elif settings.authserv_id:
        opinions.append(await _authserv(raw, policy, settings.authserv_id, settings.authserv_hops))
    if asking is not None and not _infected(facts.ses):
        opinions += await _asked(facts, raw, policy, asking, settings, body, opinions)
    return replace(_conclude(opinions, domain), presumed=policy.presumed)


async def _asked(
    facts: DeliveryFacts,
    raw: bytes,
    policy: dmarc.Dmarc,
    resolver: lookup.Resolver,
    settings: Settings,
    body: Body,
    said: list[_SourceOpinion],
) -> list[_SourceOpinion]:
    """The opinions of the sources that need DNS, after what others `said`."""
    opinions: list[_SourceOpinion] = []
    if not any(one.passed is not None for one in said) and settings.own_check:
        # Behind a border server the client that we saw is that server: its address would vouch for whatever it relays.
        relayed = facts.ingress == "smtp" and settings.authserv_id is not None
        seen = replace(facts, client_address=None) if relayed else facts
        told = next((one.sender_domain for one in said if one.sender_domain), None)
        opinions += await _own(seen, raw, policy, body, resolver, told=told)
    if not any(one.passed for one in (*said, *opinions)) and settings.arc_sealers:
        opinions.append(await _arc(raw, policy, settings.arc_sealers, body, resolver))
    return opinions


def _conclude(opinions: list[_SourceOpinion], domain: str) -> Verdict:
    """One pass passes; else the first fail is the reason, else all that was said."""
    for wanted in (True, False):
        for one in opinions:
            if one.passed is wanted:
                return Verdict(
                    passed=wanted, source=one.source, reason=one.reason, domain=domain, evidence=one.evidence
                )
    reasons = "; ".join(one.reason for one in opinions) or "no source of verdicts is set up for this way in"
    return Verdict(passed=False, source=Source.NONE, reason=reasons, domain=domain)


async def _ses(facts: DeliveryFacts, raw: bytes, policy: dmarc.Dmarc) -> _SourceOpinion:
    verdicts = facts.ses or SesVerdicts()
    if _infected(verdicts):
        return _SourceOpinion(
            False, Source.SES, f"SES: virus {verdicts.virus or 'unknown'}, spam {verdicts.spam or 'unknown'}"
        )
    if verdicts.dmarc == "PASS":
        sender = (facts.sender or "").rpartition("@")[2] if verdicts.spf == "PASS" else None
        return _SourceOpinion(True, Source.SES, "SES: DMARC PASS", await _elsewhere(raw, policy, sender))
    if verdicts.dmarc == "FAIL":
        wish = verdicts.dmarc_policy or "not known"
        return _SourceOpinion(False, Source.SES, f"SES: DMARC FAIL, the domain's policy is {wish}")
    return _SourceOpinion(None, Source.SES, f"SES: DMARC {verdicts.dmarc or 'missing'}")


async def _elsewhere(raw: bytes, policy: dmarc.Dmarc, sender: str | None) -> trust.Evidence:
    """What a pass rests on that another server gave, for DKIM or for SPF. Where there is no signature at all, it was for SPF.

    `sender` is the domain of the envelope sender that SPF passed.
    """
    promised = await asyncio.to_thread(signatures.promises, raw)
    if promised is None or (sender and lookup.name(sender) == policy.author):
        return _resting_on(promised or (), envelope=True)
    found, _, _ = headers.parse(raw)
    # Whichever of them speaks for the author: where all cover the same, nobody needs to be asked.
    careful = _resting_on(promised)
    if trust.is_whole(found, careful):
        return careful
    by_sender = await policy.aligned(sender, "aspf") if sender else False
    if len({domain for domain, _ in promised}) > limits.SIGNATURES:
        return _resting_on((), envelope=by_sender)
    signers = await policy.aligned_among((domain for domain, _ in promised), "adkim")
    return _resting_on(tuple(one for one in promised if one[0] in signers), envelope=by_sender)


def _resting_on(promised: tuple[tuple[str, signatures.Promise], ...], *, envelope: bool = False) -> trust.Evidence:
    """Of more signatures than anybody writes none counts: the one that holds may be any of them."""
    few = promised if len(promised) <= limits.SIGNATURES else ()
    return trust.Evidence(envelope=envelope, signatures=tuple(promise for _, promise in few))


def _infected(verdicts: SesVerdicts | None) -> bool:
    return verdicts is not None and "FAIL" in (verdicts.virus, verdicts.spam)


async def _authserv(raw: bytes, policy: dmarc.Dmarc, authserv_id: str, hops: int) -> _SourceOpinion:
    found, _, _ = headers.parse(raw)
    parts = await asyncio.to_thread(authentication.outermost, found, authserv_id, hops=hops)
    results = parts if isinstance(parts, str) else await authentication.combined(parts, policy)
    if isinstance(results, str):
        return _SourceOpinion(None, Source.AUTHSERV, results)
    opinion = await authentication.opinion(results, policy)
    sender = authentication.sender_domain(results)
    evidence = await _elsewhere(raw, policy, sender) if opinion.passed else trust.NO_EVIDENCE
    return _SourceOpinion(opinion.passed, Source.AUTHSERV, f"{authserv_id}: {opinion.reason}", evidence, sender)


async def _own(
    facts: DeliveryFacts, raw: bytes, policy: dmarc.Dmarc, body: Body, resolver: lookup.Resolver, *, told: str | None
) -> list[_SourceOpinion]:
    """DKIM first, then SPF where DKIM leaves something open; DMARC's records say which domains speak for the author's.

    `told` is the domain of the envelope sender that SPF passed, where a server said so that is believed.
    """
    signed = await _dkim(raw, await policy.ask(), body, resolver)
    found, _, _ = headers.parse(raw)
    if signed.passed and trust.is_whole(found, signed.evidence):
        return [signed]
    if told and await policy.aligned(told, "aspf"):
        reason = f"the named server: SPF pass for {told}"
        sent = _SourceOpinion(True, Source.AUTHSERV, reason, trust.Evidence(envelope=True))
    elif facts.client_address and facts.sender:
        aligned = await policy.aligned(facts.sender.rpartition("@")[2], "aspf")
        sent = await _spf(facts, resolver) if aligned else _SourceOpinion(None, Source.SPF, _NOT_ALIGNED)
    else:
        return [signed, *([] if signed.passed else await _wish(policy))]
    if signed.passed and sent.passed:
        return [replace(signed, evidence=replace(signed.evidence, envelope=True))]
    return [signed, sent, *([] if signed.passed or sent.passed else await _wish(policy))]


async def _wish(policy: dmarc.Dmarc) -> list[_SourceOpinion]:
    """What the domain asks of mail that fails: no opinion of its own, since nothing passes here that is not proven."""
    try:
        asked = await policy.wish()
    except errors.DnsUnavailable:
        return []
    return [_SourceOpinion(None, Source.NONE, asked)] if asked else []


async def _dkim(raw: bytes, policy: dmarc.Dmarc, body: Body, resolver: lookup.Resolver) -> _SourceOpinion:
    aligned = await policy.aligned_among(await asyncio.to_thread(signatures.signers, raw), "adkim")
    found = await asyncio.to_thread(signatures.candidates, raw, policy.author, aligned)
    if isinstance(found, str):
        return _SourceOpinion(None, Source.DKIM, found)
    records, lost = await _records((signature.key_name for signature in found), resolver)
    reason = ""
    hashes: dict[body_hash.Canonical, bytes | None] = {}
    for signature in found:
        reason = await asyncio.to_thread(signatures.verify, raw, signature, records)
        if reason:
            continue
        if signature.canonical not in hashes:
            hashes[signature.canonical] = await body(signature.canonical)
        if hashes[signature.canonical] in (None, signature.body_hash):
            evidence = trust.Evidence(signatures=(signature.promise,))
            return _SourceOpinion(True, Source.DKIM, f"DKIM pass for {signature.domain}", evidence)
        reason = f"the body is not the one that {signature.domain} signed"
    if lost:
        raise lost[0]
    return _SourceOpinion(None, Source.DKIM, reason)


async def _spf(facts: DeliveryFacts, resolver: lookup.Resolver) -> _SourceOpinion:
    sender = facts.sender or ""
    sender_domain = sender.rpartition("@")[2]
    result = await spf.check(client=facts.client_address or "", sender=sender, resolver=resolver)
    reason = f"SPF {result.value} for {sender_domain}"
    if result is not spf.Spf.PASS:
        return _SourceOpinion(None, Source.SPF, reason)
    return _SourceOpinion(True, Source.SPF, reason, trust.Evidence(envelope=True))


async def _arc(
    raw: bytes, policy: dmarc.Dmarc, sealers: frozenset[str], body: Body, resolver: lookup.Resolver
) -> _SourceOpinion:
    names = await asyncio.to_thread(signatures.arc_key_names, raw, sealers)
    canonical = signatures.arc_canonical(raw) if names else None
    if canonical is None:
        return _SourceOpinion(None, Source.ARC, "no ARC seal of a named sealer")
    records, lost = await _records(names, resolver)
    if lost:
        raise lost[0]
    opinion = await _sealed(await asyncio.to_thread(signatures.arc_results, raw, sealers, records, None), policy)
    if opinion.passed:
        hashed = await body(canonical)
        found = await asyncio.to_thread(signatures.arc_results, raw, sealers, records, hashed)
        opinion = await _sealed(found, policy)
    promise = signatures.arc_promise(raw) if opinion.passed else None
    return _SourceOpinion(
        opinion.passed, Source.ARC, opinion.reason, trust.Evidence(signatures=(promise,) if promise else ())
    )


async def _sealed(
    found: tuple[tuple[str, authentication.Results], ...] | str, policy: dmarc.Dmarc
) -> authentication.Opinion:
    """What the named sealers say of the author; the first that vouches for them counts."""
    if isinstance(found, str):
        return authentication.Opinion(None, found)
    for sealer, results in found:
        opinion = await authentication.opinion(results, policy)
        if opinion.passed:
            return authentication.Opinion(True, f"{opinion.reason}, says the sealer {sealer}")
    return authentication.Opinion(None, "no named sealer says that the author was authenticated")


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
            raise errors.DnsUnavailable(f"DNS took longer than {VERDICT_SECONDS:g} s for one mail") from error
        finally:
            self._asking -= 1
            if not self._asking:
                self._left -= clock() - self._since


async def _hash(raw: bytes, canonical: body_hash.Canonical) -> bytes:
    return await asyncio.to_thread(lambda: body_hash.of(body_hash.pieces(raw, head.end(raw)), canonical))

"""Judging: the verdict on a mail by the configured sources, as admission asks for it."""

from __future__ import annotations

import dataclasses

from hermes.config import Config
from hermes.domain.pointer import Pointer
from hermes.gateway.admission import Judge
from hermes.gateway.raw_mail import RawMail
from hermes.mail import lookup, verdict
from hermes.mail.address import Address


def judge(config: Config, resolver: lookup.Resolver) -> Judge:
    """The verdict by the configured sources."""
    settings = verdict.Settings(trust_loopback=config.smtp_ingress.trust_loopback, **config.authentication.model_dump())
    silent = dataclasses.replace(settings, own_check=False, arc_sealers=frozenset())

    async def judged(pointer: Pointer, mail: RawMail, author: Address, *, ask: bool) -> verdict.Verdict:
        domain = author.address.rpartition("@")[2]
        facts = verdict.DeliveryFacts.of(pointer)
        return await verdict.judge(
            facts,
            mail.head,
            domain,
            settings=settings if ask else silent,
            resolver=resolver,
            body=mail.body_hash,
        )

    return judged

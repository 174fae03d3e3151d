"""Admission: judges who a mail is from and whether they may command the project, then reads the mail. It needs no record.

A stranger's mail costs next to nothing: its header is compared with the owners, no name is looked up in DNS for it, and no
more than its beginning is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Final, Protocol

from hermes import errors, limits
from hermes.config.current import ConfigSource
from hermes.config.loading import Project
from hermes.domain import idn
from hermes.domain.commands import Origin
from hermes.domain.decisions.people import NOBODY, Participant
from hermes.domain.pointer import Pointer
from hermes.gateway.intake.mail_reader import MailReader
from hermes.gateway.intake.raw_mail import RawMail
from hermes.gateway.replies.reply_copies import may_read
from hermes.mail.authenticate import token, trust, verdict
from hermes.mail.parse import address, attachments, clock, content
from hermes.mail.read import language, reading
from hermes.mail.write import templates

#: Bytes that are read of a stranger's mail: enough to recognise a delivery report and the mail that it is about.
REPORT_BYTES: Final = 128 * 1024

#: Refusals that quoted words of ours can cause; knowing those words can lift them.
_READING = (None, errors.Refusal.UNSURE, errors.Refusal.NO_TEXT)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What admission made of a mail: `refusal` and `ignored` are both empty for one that goes on."""

    reading: reading.Reading
    project: Project | None = None
    refusal: errors.Refusal | None = None
    ignored: bool = False
    authenticated: bool = False
    """The author is who the mail says, and may get an answer."""
    reason: str = ""
    attachment: str = ""
    """The name of the attachment that is not taken."""
    evidence: trust.Evidence = trust.NO_EVIDENCE
    """For an authenticated mail: what proves it."""
    raw_digest: bytes = b""
    """The digest of the mail's bytes."""
    participant: Participant = NOBODY
    """For an authenticated mail: its author."""
    several: bool = False
    """The mail went to several projects."""
    content: str = ""
    """The id of its content (`hermes.mail.parse.content`); empty for a mail that was not read whole."""

    @property
    def may_answer(self) -> bool:
        """Whether to read the mail again with our words that it answers: it is admitted, or those words may be why it is not."""
        return self.authenticated and not self.ignored and self.refusal in _READING

    @property
    def message_id(self) -> str | None:
        """The Message-ID of the mail."""
        return self.reading.mail.message_id if self.reading.mail else None

    @property
    def language(self) -> str:
        """The language of the answer: of the new text, else of the quoted text, else as the mail or the project says."""
        newest, mail = self.reading.newest, self.reading.mail
        told = self.spoken or (language.detect(newest.quoted) if newest else None)
        told = told or (mail.headers.get("Content-Language").strip() if mail else "")
        known = told if told and templates.language_of(told) == told[:2].lower() else None
        return templates.language_of(known or (self.project.language if self.project else None))

    @property
    def spoken(self) -> str:
        """The language that the new text tells, or the subject of a mail without one; empty where it does not."""
        newest, mail = self.reading.newest, self.reading.mail
        text = newest.text if newest else ""
        return language.detect(text or (mail.subject if mail else "")) or ""

    def origin(self, pointer: Pointer) -> Origin:
        """What replies need of the mail."""
        mail, author = self.reading.mail, self.reading.author
        if author is None:
            raise errors.Refused(errors.Refusal.FROM_UNUSABLE)
        return Origin(
            message_id=mail.message_id if mail else None,
            references=mail.references[-limits.REFERENCES :] if mail else (),
            thread_index=(mail.headers.get("Thread-Index") or None) if mail else None,
            thread_topic=(mail.headers.get("Thread-Topic") or None) if mail else None,
            subject=mail.subject if mail else "",
            author=idn.ascii_lower(author.address),
            author_name=author.name,
            address=token.read(pointer.recipient)[0],
            language=self.language,
            spoken=self.spoken,
            offset=clock.utc_offset(mail.headers.get("Date")) if mail else None,
            details=self.project is not None and self.project.details,
            project=self.project.project if self.project and self.several else "",
        )


class Judge(Protocol):
    """Decides whether the author is proven, and by what."""

    async def __call__(self, pointer: Pointer, mail: RawMail, author: address.Address, *, ask: bool) -> verdict.Verdict:
        """With `ask`, names are looked up in DNS, and the body is hashed where a signature needs it.

        Raises `errors.Transient` where the verdict's sources cannot be asked now.
        """


class Admission:
    """Checks header, machine, owner and verdict, then reads the whole mail. The first check that fails decides; later ones do not run."""

    def __init__(
        self,
        *,
        config: ConfigSource,
        judge: Judge,
        reader: MailReader | None = None,
        proven: Callable[[str, Pointer], None] = lambda author, pointer: None,
    ) -> None:
        """`proven` is called with each mail that is proven to be an owner's."""
        self._proven = proven
        self._config = config
        self._judge = judge
        self._reader = reader or MailReader()

    @contextlib.asynccontextmanager
    async def judge(self, pointer: Pointer, mail: RawMail) -> AsyncIterator[Judgement]:
        """The judgement on one mail; the attachments of a large one are there as long as this is open.

        Raises `errors.Transient` where the verdict's sources cannot be asked now.
        """
        known = await self.known(pointer, mail)
        if known.refusal is not None or known.ignored or known.project is None:
            yield known
        elif mail.too_large:
            detail = f"{mail.size} bytes; the limit is {limits.MAIL_BYTES}"
            yield dataclasses.replace(known, refusal=errors.Refusal.TOO_LARGE, reason=detail)
        elif mail.whole:
            found, said = await self._read(pointer, mail)
            yield self._decided(known, known.project, found, content=said)
        else:
            async with self._reader.read(mail, sender=pointer.sender) as answer:
                digest = answer.raw_digest or known.raw_digest
                decided = self._decided(known, known.project, answer.reading, content=answer.content)
                yield dataclasses.replace(decided, raw_digest=digest)

    async def named(self, pointer: Pointer, mail: RawMail) -> Judgement:
        """The judgement by the header alone, without verification."""
        project = self._config.current.project_of(token.read(pointer.recipient)[0])
        found = await asyncio.to_thread(reading.read_head, mail.head, envelope_sender=pointer.sender)
        return Judgement(reading=found, project=project, raw_digest=await mail.digest())

    async def known(self, pointer: Pointer, mail: RawMail) -> Judgement:
        """Who the mail is from, and whether they may write to the project, as far as can be told without reading all of it.

        Raises as `judge` does.
        """
        known = await self.named(pointer, mail)
        project, found = known.project, known.reading

        def refused(refusal: errors.Refusal, reason: str, *, authenticated: bool = False) -> Judgement:
            return dataclasses.replace(known, refusal=refusal, reason=reason, authenticated=authenticated)

        if project is None:
            return refused(errors.Refusal.NO_PROJECT, "the address belongs to no project")
        author = found.author
        owner = author is not None and address.is_owner(author.address, project.owners)
        if found.machine is not None or not owner:
            report = await asyncio.to_thread(
                reading.read_head, mail.beginning[:REPORT_BYTES], envelope_sender=pointer.sender
            )
            # The beginning may show more of a machine than the header does, or may be malformed.
            told = report if report.machine is not None else found
            if told.machine is not None:
                reason = f"{told.machine.kind.value}: {told.machine.reason}"
                return dataclasses.replace(known, reading=told, ignored=True, reason=reason)
        if author is None:
            return refused(found.refusal or errors.Refusal.FROM_UNUSABLE, found.refusal_detail)
        said = await self._judge(pointer, mail, author, ask=owner)
        if not owner:
            reason = "the sender is no owner of the project"
            if said.passed and self._is_in_a_thread(pointer, project, found):
                # They got it from somebody in the thread, and whatever they were told, they would learn of it.
                return refused(errors.Refusal.NOT_AN_OWNER, f"{reason}, and answers in a thread")
            return refused(errors.Refusal.NOT_AN_OWNER, reason, authenticated=said.passed)
        if not said.passed:
            return refused(errors.Refusal.NOT_AUTHENTICATED, f"{said.source.value}: {said.reason}")
        if (
            not mail.too_large
        ):  # of which the header alone was verified: enough to tell its author, and for nothing else
            self._proven(author.address, pointer)
        known = self._introduced(dataclasses.replace(known, evidence=said.evidence), project, author)
        objection = self._objection(pointer, project, found, said.evidence)
        if objection is not None:
            return refused(objection.refusal, objection.reason, authenticated=True)
        return dataclasses.replace(known, authenticated=True)

    def _decided(self, known: Judgement, project: Project, found: reading.Reading, *, content: str) -> Judgement:
        """The judgement on an owner's mail, which was read."""
        if found.mail is None:
            # The body is malformed; the header is not, and tells whom to answer.
            found = dataclasses.replace(
                known.reading, refusal=found.refusal, refusal_detail=found.refusal_detail, defects=found.defects
            )
        if found.mail is not None:
            keys = trust.thread_keys(found.thread_keys, found.mail, known.evidence)
            found = dataclasses.replace(found, thread_keys=keys)
        decided = dataclasses.replace(known, reading=found, content=content)
        if found.machine is not None:
            reason = f"{found.machine.kind.value}: {found.machine.reason}"
            return dataclasses.replace(decided, ignored=True, authenticated=False, reason=reason)
        objection = trust.misread(found.mail, known.evidence) if found.mail and found.refusal in _READING else None
        if objection is not None:
            return dataclasses.replace(decided, refusal=objection.refusal, reason=objection.reason)
        unwanted = attachments.refused(found.mail.attachments if found.mail else (), project.attachments)
        if unwanted is not None:
            name, sort = unwanted
            return dataclasses.replace(
                decided,
                refusal=errors.Refusal.ATTACHMENT_NOT_ALLOWED,
                reason=f"{name} is a {sort.value}",
                attachment=name,
            )
        return dataclasses.replace(decided, refusal=found.refusal, reason=found.refusal_detail)

    def _is_of(self, project: Project, spec: str) -> bool:
        """Whether an address is one of the project's, by the settings of now."""
        found = self._config.current.project_of(token.read(spec)[0])
        return found is not None and found.name == project.name

    def _introduced(self, known: Judgement, project: Project, author: address.Address) -> Judgement:
        """The judgement with what its author is in the project, and whom they wrote to besides."""
        mail, name = known.reading.mail, idn.ascii_lower(author.address)
        specs = list(trust.recipients(mail.headers, known.evidence)) if mail else []
        participant = Participant(
            person=self._config.current.persons.person(name),
            role=self._config.current.role_of(project, name),
            addressed=tuple(dict.fromkeys(self._owners_among(specs, project)))[: limits.RECIPIENTS],
        )
        projects = {found.name for spec in specs if (found := self._config.current.project_of(token.read(spec)[0]))}
        return dataclasses.replace(known, participant=participant, several=len(projects) > 1)

    def _owners_among(self, specs: Iterable[str], project: Project) -> Iterator[str]:
        for spec in specs:
            with contextlib.suppress(ValueError):  # nobody's address
                valid = idn.validated(spec)
                plain = f"{idn.ascii_lower(valid.local)}@{valid.domain}"
                if may_read(self._config.current, project, plain):
                    yield plain

    def _is_in_a_thread(self, pointer: Pointer, project: Project, found: reading.Reading) -> bool:
        """Whether a stranger's mail answers another, or an owner reads it too: then it comes out of a thread, of whatever order."""
        if token.read(pointer.recipient)[1] is not None or found.thread_keys or found.mail is None:
            return True
        values = (value for name in ("To", "Cc") for value in found.mail.headers.raw(name))
        specs = (spec for value in values for spec in address.recipients_of(value))
        return next(self._owners_among(specs, project), None) is not None

    def _objection(
        self, pointer: Pointer, project: Project, found: reading.Reading, evidence: trust.Evidence
    ) -> trust.Objection | None:
        """Why the mail does not count as its author's request to this project, if so. Mail on trusted loopback is the operator's."""
        if found.mail is None or (pointer.trusted and self._config.current.smtp_ingress.trust_loopback):
            return None
        return trust.objection(
            found.mail,
            evidence,
            is_ours=lambda spec: self._is_of(project, spec),
            received_at=pointer.received_at,
            max_age_seconds=self._config.current.mail.max_age_days * 86400,
        )

    async def _read(self, pointer: Pointer, mail: RawMail) -> tuple[reading.Reading, str]:
        """The reading of a small mail, and the id of its content."""
        raw = mail.beginning
        try:
            async with asyncio.timeout(limits.READ_SECONDS):
                found = await asyncio.to_thread(reading.read, raw, envelope_sender=pointer.sender)
                return found, await asyncio.to_thread(content.digest, found.mail, raw)
        except TimeoutError:
            detail = f"reading took longer than {limits.READ_SECONDS:g} s"
            return reading.Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail), ""

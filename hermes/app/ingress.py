"""Config to ways in: the only place that builds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from hermes.app import on_demand
from hermes.app.oauth import kept
from hermes.app.records import Records
from hermes.aws.objects import Objects
from hermes.aws.provision import QueueUrls
from hermes.aws.queues import Queues
from hermes.aws.records.refresh_tokens import RefreshTokenRecords
from hermes.config.current import ConfigSource
from hermes.config.ingress_settings import ImapSettings
from hermes.domain.env import Env
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.certificate import Certificate
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes, MailboxRows
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.mail_store import MailStore
from hermes.ingress.pipe import PipeIngress
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.smtp import ListenPlace, SmtpIngress
from hermes.ingress.sorting import Sorter
from hermes.ingress.spool import Spool
from hermes.mail.authenticate import token

if TYPE_CHECKING:
    from hermes.app import http_ingress
    from hermes.ingress.http.http_server import HttpIngress
else:
    http_ingress = on_demand.module("hermes.app.http_ingress")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """Those that the configuration switches on."""

    smtp: SmtpIngress | None = None
    lmtp: LmtpIngress | None = None
    imap: ImapIngress | None = None
    http: HttpIngress | None = None

    @property
    def every(self) -> list[SmtpIngress | ImapIngress | HttpIngress]:
        """All that there are."""
        return [one for one in (self.smtp, self.lmtp, self.imap, self.http) if one is not None]

    def states(self) -> dict[str, dict[str, object]]:
        """How it stands with the mailbox, without a word of its server: the health page is anybody's."""
        if self.imap is None:
            return {}
        state = self.imap.state
        return {"imap": {"ok": state.ok, "lookedAt": state.looked_at, "waiting": state.waiting}}


def accepts(source: ConfigSource) -> Callable[[str], bool]:
    """Whether an envelope recipient, with or without a token in it, is one of ours: a project, or the postmaster."""
    return lambda recipient: (
        source.current.project_of(token.read(recipient)[0]) is not None or source.current.is_postmaster(recipient)
    )


def ways_in(
    source: ConfigSource,
    depositor: MailStore,
    mailboxes: MailboxRows,
    *,
    refresh_tokens: RefreshTokenRecords | None = None,
    env: Env,
) -> WaysIn:
    """What takes mail in beside SES's own notifications; `mailboxes` are the rows of those that are read by IMAP."""
    config = source.current
    shared = SharedLimits(config.ingress_limits)
    tokens = _tokens(config.imap_ingress, refresh_tokens, env)
    return WaysIn(
        smtp=_smtp(source, depositor, shared) if config.smtp_ingress.enabled else None,
        lmtp=_lmtp(source, depositor, shared) if config.lmtp_ingress.enabled else None,
        imap=_imap(source, depositor, shared, mailboxes, tokens, env) if config.imap_ingress.enabled else None,
        http=http_ingress.http(config, depositor, shared, accepts=accepts(source))
        if config.http_ingress.enabled
        else None,
    )


def depositor(
    source: ConfigSource, objects: Objects, queues: Queues, places: QueueUrls, *, sorter: Sorter | None = None, env: Env
) -> MailStore:
    """What every way in ends at; `sorter` is the one that learns which mails were proven, where this process handles them too."""
    return MailStore(
        objects=objects,
        queues=queues,
        inbound=places.inbound,
        strangers=places.strangers,
        among_owners=(sorter or Sorter(source)).among_owners,
        env=env,
    )


def pipe(source: ConfigSource, held: Records, *, env: Env) -> PipeIngress:
    """One mail from standard input, as `hermes ingest` takes it."""
    config = source.current
    store = depositor(source, held.objects, held.queues, held.places, env=env)
    return PipeIngress(depositor=store, accepts=accepts(source), spool=Spool(config.ingress_limits))


def _smtp(source: ConfigSource, depositor: MailStore, shared: SharedLimits) -> SmtpIngress:
    config = source.current
    settings, certificate = config.smtp_ingress, None
    if settings.cert_file is not None and settings.key_file is not None:
        certificate = Certificate(cert_file=settings.cert_file, key_file=settings.key_file)
    return SmtpIngress(
        depositor=depositor,
        accepts=accepts(source),
        hostname=config.mail.domain,
        shared=shared,
        place=ListenPlace(host=settings.host, port=settings.port),
        trust_loopback=settings.trust_loopback,
        certificate=certificate,
    )


def _lmtp(source: ConfigSource, depositor: MailStore, shared: SharedLimits) -> LmtpIngress:
    config = source.current
    return LmtpIngress(
        depositor=depositor,
        accepts=accepts(source),
        hostname=config.mail.domain,
        shared=shared,
        place=ListenPlace(host=config.lmtp_ingress.host, port=config.lmtp_ingress.port, path=config.lmtp_ingress.path),
        relay_user=config.lmtp_ingress.relay_user,
    )


def _tokens(settings: ImapSettings, rows: RefreshTokenRecords | None, env: Env) -> AccessTokens | None:
    if settings.oauth is None:
        return None
    return AccessTokens(settings.oauth, clock=env.clock, kept=kept(settings.oauth, rows, env))


def _imap(
    source: ConfigSource,
    depositor: MailStore,
    shared: SharedLimits,
    mailboxes: MailboxRows,
    tokens: AccessTokens | None,
    env: Env,
) -> ImapIngress:
    config = source.current
    settings = config.imap_ingress
    return ImapIngress(
        settings=settings,
        depositor=depositor,
        accepts=accepts(source),
        connect=lambda: ImapFolder(settings, tokens),
        mailboxes=mailboxes,
        spool=shared.spool,
        times=ImapTimes(),
        env=env,
    )

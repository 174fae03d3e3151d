"""Which events of a gateway are a matter for the operator. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hermes.domain.alerts.book import AlertKind, Signal
from hermes.domain.events import Event, project_of
from hermes.errors import Fault

#: What a worker reports as the operator's fault → the kind of alert.
FAULTS: Final[Mapping[str, AlertKind]] = {
    Fault.REPOSITORY: AlertKind.REPOSITORY,
    Fault.BRANCH: AlertKind.BRANCH,
    Fault.PUSH: AlertKind.PUSH,
    Fault.AGENT: AlertKind.AGENT,
    Fault.KEY: AlertKind.KEY,
    Fault.DISK: AlertKind.DISK,
    Fault.SERVICE: AlertKind.SERVICE,
    Fault.WORKSPACE: AlertKind.LAUNCH,
    Fault.MEMORY: AlertKind.MEMORY,
    Fault.SETUP: AlertKind.SETUP,
    Fault.INTERNAL: AlertKind.INTERNAL,
}
#: What AWS refuses with a launch, as the operator reads it.
STARTING_WORKERS: Final = "to start workers"


def signals(event: Event) -> tuple[Signal, ...]:
    """What the event means for the operator; mostly nothing."""
    read = _READERS.get(event.name)
    return read(event) if read is not None else ()


def _fact(event: Event, name: str) -> str:
    return str(event.facts.get(name) or "")


def _command_failed(event: Event) -> tuple[Signal, ...]:
    found = FAULTS.get(_fact(event, "fault"))
    if found is None:
        return ()
    return (Signal(kind=found, thing=_fact(event, "project"), text=_fact(event, "why")),)


def _command_succeeded(event: Event) -> tuple[Signal, ...]:
    project = _fact(event, "project")
    return tuple(Signal(kind=kind, thing=project, well=True) for kind in FAULTS.values())


def _of(kind: AlertKind, thing: str = "", *, well: bool = False) -> Callable[[Event], tuple[Signal, ...]]:
    """A reader of events that are about the fact named `thing`, or about the whole deployment."""

    def read(event: Event) -> tuple[Signal, ...]:
        return (
            Signal(kind=kind, thing=_fact(event, thing) if thing else "", text="" if well else event.text, well=well),
        )

    return read


def _launch_failed(event: Event) -> tuple[Signal, ...]:
    return (Signal(kind=AlertKind.LAUNCH, thing=project_of(_fact(event, "container_key")), text=event.text),)


def _aws_starts_no_worker(event: Event) -> tuple[Signal, ...]:
    well = event.name == "container.admitted"
    return (Signal(kind=AlertKind.AWS, thing=STARTING_WORKERS, text="" if well else event.text, well=well),)


def _unreported(event: Event) -> tuple[Signal, ...]:
    return (Signal(kind=AlertKind.SERVICE, thing=_fact(event, "project"), text=event.text),)


def _reply_failed(event: Event) -> tuple[Signal, ...]:
    about = _fact(event, "project") or _fact(event, "kind") or "any project"
    return (Signal(kind=AlertKind.REPLY_FAILED, thing=about, text=event.text),)


def _mail_server_well(event: Event) -> tuple[Signal, ...]:
    return (Signal(kind=AlertKind.MAIL_SERVER, well=True),)


_READERS: Final[Mapping[str, Callable[[Event], tuple[Signal, ...]]]] = {
    "command.failed": _command_failed,
    "command.succeeded": _command_succeeded,
    "reply.failed": _reply_failed,
    "reply.bounced": _reply_failed,
    "reply.dropped": _reply_failed,
    "reply.sent": _mail_server_well,
    "mail_server.recovered": _mail_server_well,
    "mail_server.refused": _of(AlertKind.MAIL_SERVER),
    "mail_server.failed": _of(AlertKind.MAIL_SERVER),
    "imap.refused": _of(AlertKind.MAILBOX),
    "imap.opened": _of(AlertKind.MAILBOX, well=True),
    "container.failed": _launch_failed,
    "container.refused": _aws_starts_no_worker,
    "container.admitted": _aws_starts_no_worker,
    "command.unreported": _unreported,
    "container.lost": _of(AlertKind.WORKER_LOST, "container_key"),
    "share.near": _of(AlertKind.SHARE, "share"),
    "config.refused": _of(AlertKind.CONFIGURATION),
    "config.changed": _of(AlertKind.CONFIGURATION, well=True),
}

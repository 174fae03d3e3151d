"""Decides whether a reply may be sent now: ends every exchange of two machines, and spares people a flood of refusals. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hermes import limits

_SEPARATORS = re.compile(r"[-_.]")
_MACHINES = frozenset(
    {
        "mailerdaemon",
        "postmaster",
        "daemon",
        "nobody",
        "root",
        "abuse",
        "listserv",
        "majordomo",
        "autoreply",
        "bounce",
        "bounces",
    }
)
_MACHINE_MARKS = ("noreply", "donotreply", "mailerdaemon", "nichtantworten", "nepasrepondre")


class Action(enum.StrEnum):
    """What to do with a reply."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True, kw_only=True)
class Sending:
    """The facts about a reply that is about to be sent. Times are epoch seconds, in any order."""

    now: float
    recipient: str
    rejection: bool = False
    """It refuses a mail: nobody waits for it, so it may be dropped. A result is held, never dropped."""
    result: bool = False
    """It is the end of a command; the times are those of other results then, else of other replies."""
    answers_null_sender: bool = False
    """The mail answered had the null return path, or was a bounce."""
    to_recipient: Sequence[float] = ()
    """Replies that went to this recipient."""
    in_thread: Sequence[float] = ()
    """Replies that went into this thread."""
    same_rejections: Sequence[float] = ()
    """Rejections of this very kind that went to this recipient."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do, until when, and why."""

    action: Action
    until: float | None = None
    """Epoch seconds; of HOLD."""
    reason: str = ""


def decide(sending: Sending) -> Decision:
    """Send, hold or drop."""
    if sending.answers_null_sender:
        return Decision(action=Action.DROP, reason="a bounce is never answered")
    if is_machine(sending.recipient):
        return Decision(action=Action.DROP, reason="nobody reads mail to this recipient")
    if sending.rejection and any(sending.now - limits.REJECTION_SECONDS < at for at in sending.same_rejections):
        return Decision(action=Action.DROP, reason="the sender was told so within a day")
    waits = [
        (until, f"{most} replies in {seconds:g} s {where}")
        for most, seconds in (limits.RESULT_RATES if sending.result else limits.REPLY_RATES)
        for where, times in (("to this recipient", sending.to_recipient), ("in this thread", sending.in_thread))
        if (until := _free_at(times, sending.now, most, seconds)) is not None
    ]
    if not waits:
        return Decision(action=Action.SEND)
    until, reason = max(waits)
    if sending.rejection:
        return Decision(action=Action.DROP, reason=reason)
    return Decision(action=Action.HOLD, until=until, reason=reason)


def is_machine(address: str) -> bool:
    """Whether an address is one that only machines answer from: daemon, postmaster, noreply and their like."""
    local = address.strip().lower().rpartition("@")[0].partition("+")[0]
    plain = _SEPARATORS.sub("", local)
    return not plain or plain in _MACHINES or plain.startswith(_MACHINE_MARKS) or plain.endswith(("noreply", "bounces"))


def _free_at(times: Sequence[float], now: float, most: int, seconds: float) -> float | None:
    """When the rung has room again, or None where it has now."""
    recent = sorted(at for at in times if now - seconds < at)
    return recent[-most] + seconds if len(recent) >= most else None

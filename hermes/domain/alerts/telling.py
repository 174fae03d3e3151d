"""When the operator is told: one notice for each kind and thing in an hour, and one when it is well again. Pure.

A signal changes the book of alerts; a notice that follows is in the same write, and stays there until every channel has it. So no
gateway that dies loses one, and two gateways that notice the same thing tell it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from hermes.domain.alerts.book import RULES, Alert, AlertBook, Delivery, Notice, Signal

#: The same kind and thing is told once in this time.
AGAIN_SECONDS: Final = 3600.0
#: That a trouble goes on is written this often; nobody needs to know it to the minute.
GOES_ON_SECONDS: Final = 600.0
#: An alert that ended is forgotten after this; one of something that happened, too.
QUIET_SECONDS: Final = 3600.0
#: An alert that nobody has noticed again for so long is forgotten, though nothing said that it is well.
OLD_SECONDS: Final = 30 * 86400.0
#: A notice that a channel did not take for so long is dropped for it.
DELIVERY_MOST_SECONDS: Final = 3 * 86400.0
#: Before the second try of a channel; doubled with each, up to the next limit.
DELIVERY_FIRST_SECONDS: Final = 30.0
DELIVERY_PAUSE_MOST_SECONDS: Final = 1800.0
#: A gateway that delivers a notice has it for so long.
DELIVERY_LEASE_SECONDS: Final = 60.0
#: Of the book, which is one item of at most 400 KB: each takes up to 2.5 KB.
ALERTS_MOST: Final = 60
NOTICES_MOST: Final = 100
TEXT_CHARS: Final = 300
THING_CHARS: Final = 100


def signalled(
    book: AlertBook,
    signals: Iterable[Signal],
    *,
    now: float,
    channels: Sequence[str],
    new_id: Callable[[], str],
    told: Mapping[str, float] | None = None,
) -> AlertBook:
    """The book after these signals and the passing of time; the same object if nothing changed.

    `told`: by name, when a gateway told of trouble directly because the book could not be written.
    """
    alerts, notices = dict(book.alerts), list(book.notices)
    for signal in signals:
        before = alerts.get(signal.name)
        if signal.well:
            if before is not None and before.open:
                alerts[signal.name] = before.model_copy(update={"open": False, "last_at": now})
                if before.told:
                    notices.append(_notice(before, now=now, channels=channels, new_id=new_id, well=True))
        else:
            alerts[signal.name] = _noticed(before, signal, now)
    for name, at in (told or {}).items():
        if name in alerts and not alerts[name].told:
            alerts[name] = alerts[name].model_copy(update={"told": True, "told_at": at})
    for name, alert in list(alerts.items()):
        if _is_due(alert, now):
            alerts[name] = alert.model_copy(update={"told": True, "told_at": now})
            notices.append(_notice(alert, now=now, channels=channels, new_id=new_id))
        elif _is_over(alert, now):
            del alerts[name]
    while len(alerts) > ALERTS_MOST:
        del alerts[min(alerts, key=lambda name: (alerts[name].open, alerts[name].last_at))]
    if alerts == book.alerts and len(notices) == len(book.notices):
        return book
    return book.model_copy(update={"alerts": alerts, "notices": tuple(notices[-NOTICES_MOST:])})


def matters(book: AlertBook, signal: Signal, *, now: float) -> bool:
    """Whether the signal would change what the operator knows; mostly a trouble that was told goes on, or all is well as before."""
    alert = book.alerts.get(signal.name)
    if alert is None:
        return not signal.well
    if signal.well:
        return alert.open
    fresh = now - (alert.told_at or 0.0) < AGAIN_SECONDS and now - alert.last_at < GOES_ON_SECONDS
    return not (alert.open and alert.told and fresh)


def due(book: AlertBook, channels: Sequence[str], *, now: float) -> list[tuple[Notice, str]]:
    """The notices that are due now at these channels, oldest first."""
    return [
        (notice, channel)
        for notice in book.notices
        for channel, owed in notice.owed.items()
        if channel in channels and owed.next_at <= now
    ]


def taken(book: AlertBook, wanted: Iterable[tuple[Notice, str]], *, now: float) -> AlertBook:
    """The book in which a gateway has these notices in hand."""
    return _with(book, {(one.notice_id, channel): _leased(now) for one, channel in wanted})


def delivered(book: AlertBook, done: Mapping[tuple[str, str], bool], *, now: float) -> AlertBook:
    """The book after deliveries: of (notice id, channel) whether the channel took it."""
    changed = _with(book, {where: _ended if took else _failed(now) for where, took in done.items()})
    kept = tuple(one for one in changed.notices if one.owed and one.at > now - DELIVERY_MOST_SECONDS)
    return changed.model_copy(update={"notices": kept})


def next_due(book: AlertBook, channels: Sequence[str]) -> float | None:
    """When something is to be done next, if nobody signals anything; None: nothing. Epoch seconds."""
    times = [owed.next_at for one in book.notices for channel, owed in one.owed.items() if channel in channels]
    times += [
        (alert.told_at or 0.0) + AGAIN_SECONDS
        for alert in book.alerts.values()
        if alert.open and _waits_for_its_hour(alert)
    ]
    return min(times, default=None)


def direct(signal: Signal, *, now: float, new_id: Callable[[], str]) -> Notice | None:
    """The notice of a signal that cannot be written into the book; None where one signal alone is none."""
    if signal.well or RULES[signal.kind].times > 1:
        return None
    return _notice(_noticed(None, signal, now), now=now, channels=(), new_id=new_id)


def _noticed(before: Alert | None, signal: Signal, now: float) -> Alert:
    text = signal.text[:TEXT_CHARS]
    times = RULES[signal.kind].times
    stale = before is not None and now - before.first_at > AGAIN_SECONDS and not before.told and times > 1
    if before is None or not before.open or stale:
        told_at = before.told_at if before is not None else None
        return Alert(
            kind=signal.kind, thing=signal.thing[:THING_CHARS], text=text, first_at=now, last_at=now, told_at=told_at
        )
    again = before.told and now - (before.told_at or 0.0) >= AGAIN_SECONDS
    return before.model_copy(
        update={
            "text": text or before.text,
            "last_at": now,
            "count": before.count + 1,
            "told": before.told and not again,
        }
    )


def _is_due(alert: Alert, now: float) -> bool:
    return alert.open and _waits_for_its_hour(alert) and (alert.told_at is None or now - alert.told_at >= AGAIN_SECONDS)


def _waits_for_its_hour(alert: Alert) -> bool:
    """Whether it is to be told as soon as the hour of the last notice is over. A kind of a newer version is that version's."""
    rule = RULES.get(alert.kind)
    return rule is not None and not alert.told and alert.count >= rule.times


def _is_over(alert: Alert, now: float) -> bool:
    rule = RULES.get(alert.kind)
    lasting = alert.open and (rule is None or rule.lasting)
    return now - max(alert.last_at, alert.told_at or 0.0) > (OLD_SECONDS if lasting else QUIET_SECONDS)


def _notice(
    alert: Alert, *, now: float, channels: Sequence[str], new_id: Callable[[], str], well: bool = False
) -> Notice:
    rule = RULES[alert.kind]
    title = rule.title.format(thing=alert.thing)
    minutes = max(1, round((now - alert.first_at) / 60))
    return Notice(
        notice_id=new_id(),
        kind=alert.kind,
        thing=alert.thing,
        well=well,
        title=f"Well again: {title[0].lower()}{title[1:]}" if well else title,
        text=f"It lasted for {minutes} minute{'s' * (minutes > 1)}." if well else alert.text,
        todo="" if well else rule.todo,
        at=now,
        owed={channel: Delivery() for channel in channels},
    )


_Change = Callable[[Delivery], Delivery | None]


def _with(book: AlertBook, changes: Mapping[tuple[str, str], _Change]) -> AlertBook:
    notices = []
    for notice in book.notices:
        owed = dict(notice.owed)
        for channel, delivery in notice.owed.items():
            change = changes.get((notice.notice_id, channel))
            after = change(delivery) if change else delivery
            if after is None:
                del owed[channel]
            else:
                owed[channel] = after
        notices.append(notice.model_copy(update={"owed": owed}))
    return book.model_copy(update={"notices": tuple(notices)})


def _leased(now: float) -> _Change:
    return lambda before: before.model_copy(update={"next_at": now + DELIVERY_LEASE_SECONDS})


def _failed(now: float) -> _Change:
    def change(before: Delivery) -> Delivery:
        pause = min(DELIVERY_FIRST_SECONDS * 2.0**before.tries, DELIVERY_PAUSE_MOST_SECONDS)
        return Delivery(tries=before.tries + 1, next_at=now + pause)

    return change


def _ended(_: Delivery) -> None:
    return None

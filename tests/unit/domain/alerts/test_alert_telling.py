"""When the operator is told: once for each kind and thing in an hour, and once when it is well again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hermes.domain.alerts import telling
from hermes.domain.alerts.book import Alert, AlertBook, AlertKind, Notice, Signal

HOUR = 3600.0
BAD = Signal(kind=AlertKind.REPOSITORY, thing="acme/site", text="no access")
WELL = Signal(kind=AlertKind.REPOSITORY, thing="acme/site", well=True)
LOST = Signal(kind=AlertKind.WORKER_LOST, thing="acme#site#anna")
EMPTY = AlertBook(container_key="gateway#alerts")
CHANNELS = ("mail:1", "webhook:2")


class Told:
    """A book over time, and what was told."""

    def __init__(self) -> None:
        self.book = EMPTY
        self._ids = map(str, itertools.count())

    def at(self, now: float, *signals: Signal, told: Mapping[str, float] | None = None) -> list[str]:
        """The titles that follow from these signals at this time; each is delivered at once."""
        changed = telling.signalled(
            self.book, signals, now=now, channels=CHANNELS, new_id=lambda: next(self._ids), told=told
        )
        fresh = changed.notices
        self.book = telling.delivered(changed, everywhere(fresh, took=True), now=now)
        return [notice.title for notice in fresh]


def everywhere(notices: Iterable[Notice], *, took: bool) -> dict[tuple[str, str], bool]:
    return {(notice.notice_id, channel): took for notice in notices for channel in notice.owed}


def test_the_same_trouble_is_told_once_an_hour_for_as_long_as_it_is_noticed() -> None:
    told = Told()
    assert told.at(1000.0, BAD, BAD) == ["The repository of acme/site cannot be reached"]
    for minute in range(1, 60):
        assert told.at(1000.0 + minute * 60, BAD) == []
    assert len(told.at(1000.0 + HOUR, BAD)) == 1
    assert told.at(1000.0 + HOUR + 60, BAD) == []


def test_another_thing_is_told_beside_it() -> None:
    told = Told()
    shop = Signal(kind=AlertKind.REPOSITORY, thing="acme/shop")
    assert len(told.at(1000.0, BAD, shop)) == 2


def test_its_end_is_told_once_and_only_if_its_beginning_was() -> None:
    told = Told()
    assert told.at(1000.0, WELL) == []
    told.at(1010.0, BAD)
    assert told.at(1190.0, WELL) == ["Well again: the repository of acme/site cannot be reached"]
    assert told.at(1200.0, WELL) == []
    assert told.at(1300.0, BAD, WELL) == []


def test_what_comes_and_goes_is_told_when_the_hour_is_over_if_it_is_still_there() -> None:
    told = Told()
    told.at(1000.0, BAD)
    told.at(1100.0, WELL)
    assert told.at(1200.0, BAD) == []
    assert telling.next_due(told.book, CHANNELS) == 1000.0 + HOUR
    assert told.at(1000.0 + HOUR - 1) == []
    assert len(told.at(1000.0 + HOUR)) == 1
    assert telling.next_due(told.book, CHANNELS) is None


def test_a_lost_worker_is_no_news_and_a_second_one_within_the_hour_is() -> None:
    told = Told()
    assert told.at(1000.0, LOST) == []
    assert told.at(1000.0 + 1800, LOST) == ["Workers of acme#site#anna were lost repeatedly"]

    told = Told()
    told.at(1000.0, LOST)
    assert told.at(1000.0 + HOUR + 1, LOST) == []


def test_what_happened_is_forgotten_after_an_hour_and_what_lasts_after_a_month() -> None:
    told = Told()
    happened = Signal(kind=AlertKind.REPLY_FAILED, thing="acme/site")
    told.at(1000.0, happened, BAD)
    told.at(1000.0 + HOUR + 1)
    assert set(told.book.alerts) == {BAD.name}
    told.at(1000.0 + 31 * 86400.0)
    assert told.book.alerts == {}


def test_a_book_to_which_nothing_new_is_said_is_the_same_object() -> None:
    told = Told()
    told.at(1000.0, BAD)
    assert telling.signalled(told.book, (), now=1010.0, channels=CHANNELS, new_id=str) is told.book
    assert telling.signalled(EMPTY, [WELL], now=1.0, channels=CHANNELS, new_id=str) is EMPTY


def test_what_a_gateway_told_directly_is_not_told_again() -> None:
    told = Told()
    assert told.at(1100.0, BAD, told={BAD.name: 1050.0, "another": 1.0}) == []
    assert told.book.alerts[BAD.name].told_at == 1050.0
    assert told.at(1110.0, BAD, told={BAD.name: 1.0}) == []
    assert told.book.alerts[BAD.name].told_at == 1050.0
    direct = telling.direct(BAD, now=5.0, new_id=lambda: "n")
    assert direct is not None
    assert (direct.text, direct.owed) == ("no access", {})
    assert telling.direct(WELL, now=5.0, new_id=lambda: "n") is None
    assert telling.direct(LOST, now=5.0, new_id=lambda: "n") is None


def test_a_signal_matters_where_the_operator_does_not_know_it_yet() -> None:
    told = Told()

    def matters(signal: Signal, at: float) -> bool:
        return telling.matters(told.book, signal, now=at)

    assert matters(BAD, 1000.0)
    assert not matters(WELL, 1000.0)
    told.at(1000.0, BAD)
    assert not matters(BAD, 1060.0)
    assert matters(BAD, 1000.0 + telling.GOES_ON_SECONDS)
    assert matters(WELL, 1060.0)
    told.at(1060.0, WELL)
    assert not matters(WELL, 1070.0)
    assert matters(BAD, 1070.0)


def test_a_notice_stays_until_every_channel_has_it() -> None:
    book = telling.signalled(EMPTY, [BAD], now=100.0, channels=CHANNELS, new_id=lambda: "n1")
    due = telling.due(book, CHANNELS, now=100.0)
    assert [channel for _, channel in due] == list(CHANNELS)
    assert [channel for _, channel in telling.due(book, ["webhook:2"], now=100.0)] == ["webhook:2"]

    book = telling.taken(book, due, now=100.0)
    assert telling.due(book, CHANNELS, now=159.0) == []
    assert len(telling.due(book, CHANNELS, now=160.0)) == 2  # its gateway died

    book = telling.delivered(book, {("n1", "mail:1"): True, ("n1", "webhook:2"): False}, now=110.0)
    assert telling.due(book, CHANNELS, now=139.0) == []
    assert [channel for _, channel in telling.due(book, CHANNELS, now=140.0)] == ["webhook:2"]
    assert telling.next_due(book, CHANNELS) == 140.0
    assert telling.next_due(book, ["mail:1"]) is None

    for tries in range(1, 10):
        book = telling.delivered(book, {("n1", "webhook:2"): False}, now=1000.0 * tries)
    (owed,) = (delivery for notice in book.notices for delivery in notice.owed.values())
    assert (owed.tries, owed.next_at) == (10, 9000.0 + telling.DELIVERY_PAUSE_MOST_SECONDS)
    assert telling.delivered(book, {}, now=100.0 + telling.DELIVERY_MOST_SECONDS).notices == ()


def test_the_book_keeps_its_bounds() -> None:
    many = [Signal(kind=AlertKind.AGENT, thing=f"acme/p{n}", text="x" * 5000) for n in range(200)]
    ids = map(str, itertools.count())
    book = telling.signalled(EMPTY, many, now=1.0, channels=CHANNELS, new_id=lambda: next(ids))
    assert (len(book.alerts), len(book.notices)) == (telling.ALERTS_MOST, telling.NOTICES_MOST)
    assert book.notices[-1].thing == "acme/p199"
    assert len(book.model_dump_json()) < 200_000


def test_a_kind_of_a_newer_version_is_left_to_that_version() -> None:
    newer = Alert(kind="new", thing="x", first_at=1.0, last_at=1.0)
    book = AlertBook(container_key="k", alerts={"new x": newer})
    assert telling.signalled(book, (), now=1.0 + 2 * HOUR, channels=CHANNELS, new_id=str) is book

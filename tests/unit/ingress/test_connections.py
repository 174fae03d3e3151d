"""Who gets a place, who gives way, and how many mails an address may hand in."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress.connections import ConnectionSlot, ConnectionSlots
from hermes.ingress.peer import Peer, Peers
from hermes.ingress.rates import MailRates

PEERS = Peers(IngressLimits().trusted_networks)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class House:
    """Connections whose evictions are written down."""

    def __init__(self, **more: Any) -> None:
        self.clock = Clock()
        self.connections = ConnectionSlots(IngressLimits(**more), now=self.clock)
        self.gone: list[str] = []

    def enter(self, address: str) -> ConnectionSlot | None:
        self.clock.now += 1
        return self.connections.enter(PEERS.of((address, 1)), lambda: self.gone.append(address))


def peer(address: str) -> Peer:
    return PEERS.of((address, 1))


@pytest.mark.parametrize(
    ("name", "network", "trusted"),
    [
        (("203.0.113.9", 1), "203.0.113.0/24", False),
        (("::ffff:203.0.113.9", 1, 0, 0), "203.0.113.0/24", False),
        (("2001:db8:1:2:3::4", 1, 0, 0), "2001:db8:1::/48", False),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/48", False),
        (("127.3.2.1", 1), "127.3.2.0/24", True),
        (("::1", 1, 0, 0), "::/48", True),
        ("", "local", True),
        (None, "local", True),
    ],
)
def test_a_peer_shares_its_limits_with_its_network(name: Any, network: str, trusted: bool) -> None:
    found = PEERS.of(name)

    assert (found.network, found.trusted) == (network, trusted)


def test_the_longest_without_use_gives_way() -> None:
    house = House(connections=3)
    first = house.enter("203.0.113.1")
    for address in ("198.51.100.1", "192.0.2.1"):
        house.enter(address)
    assert first is not None
    house.clock.now += 1
    house.connections.used(first)

    assert house.enter("100.64.0.1") is not None

    assert house.gone == ["198.51.100.1"]
    assert len(house.connections) == 3


def test_a_network_with_many_gives_way_before_older_ones_with_few() -> None:
    house = House(connections=12)
    house.enter("192.0.2.1")
    for number in range(11):
        house.enter(f"203.0.113.{number}")

    house.enter("198.51.100.1")

    assert house.gone == ["203.0.113.0"]


def test_our_own_give_way_last_and_whoever_is_served_never() -> None:
    house = House(connections=3)
    ours, busy = house.enter("127.0.0.1"), house.enter("203.0.113.1")
    house.enter("203.0.113.2")
    assert ours is not None
    assert busy is not None
    busy.busy = True

    house.enter("127.0.0.1")
    assert house.gone == ["203.0.113.2"]
    house.enter("198.51.100.1")
    assert house.gone == ["203.0.113.2", "127.0.0.1"]


def test_nobody_gets_in_while_all_are_served() -> None:
    house = House(connections=1)
    slot = house.enter("203.0.113.1")
    assert slot is not None
    slot.busy = True

    assert house.enter("198.51.100.1") is None
    assert len(house.connections._addresses) == 1


def test_an_address_and_a_network_have_so_many_places_and_get_them_back() -> None:
    house = House(connections_per_address=2, connections_per_network=3)
    first = house.enter("203.0.113.1")
    assert first is not None
    assert [house.enter(f"203.0.113.{number}") is not None for number in (1, 1, 2, 3)] == [True, False, True, False]
    assert house.enter("2001:db8::1") is not None

    house.connections.leave(first)
    house.connections.leave(first)

    assert house.enter("203.0.113.3") is not None
    assert house.enter("203.0.113.4") is None
    assert house.gone == []


def test_our_own_relay_has_all_the_places_there_are() -> None:
    house = House(connections=50, connections_per_address=2, connections_per_network=3)

    assert all(house.enter("127.0.0.1") for _ in range(50))


def test_a_stream_of_mails_is_slowed_and_a_burst_is_not() -> None:
    clock = Clock()
    rates = MailRates(IngressLimits(mails_per_minute_per_address=6, mails_per_minute_per_network=9), now=clock)

    assert [rates.take(peer("203.0.113.1")) for _ in range(7)] == [True] * 6 + [False]
    assert [rates.take(peer("203.0.113.2")) for _ in range(4)] == [True] * 3 + [False]
    assert rates.take(peer("198.51.100.1"))
    clock.now += 10
    assert [rates.take(peer("203.0.113.1")) for _ in range(2)] == [True, False]
    clock.now += 60
    assert [rates.take(peer("203.0.113.1")) for _ in range(7)] == [True] * 6 + [False]


def test_our_own_relay_is_not_slowed() -> None:
    rates = MailRates(IngressLimits(mails_per_minute_per_address=1, mails_per_minute_per_network=1))

    assert all(rates.take(peer("127.0.0.1")) for _ in range(100))


def test_countless_addresses_are_not_all_remembered() -> None:
    rates = MailRates(IngressLimits(), now=Clock())

    for number in range(30_000):
        rates.take(peer(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))

    assert len(rates._used) <= 20_002

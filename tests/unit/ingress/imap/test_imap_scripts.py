"""Whatever the server does at any point, once or for good: nothing is marked that is not stored whole, and each mail is stored once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hermes.ingress.imap.ingress import ImapTimes
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import Clock, mail, reading
from tests.unit.ingress.imap.scripted_imap import (
    STEPS,
    Fault,
    Mail,
    On,
    ScriptedImap,
    bad,
    bye,
    cut,
    no,
    nonsense,
    ok,
    raw,
    silence,
)

HOUR = 3600.0
FAULTS: dict[str, Fault] = {
    "no": no("[UNAVAILABLE] later"),
    "bad": bad(),
    "bye": bye(),
    "nonsense": nonsense,
    "silence": silence,
    "cut": cut(),
    "cut in a literal": cut(b"* 1 FETCH (UID 1 BODY[] {300}\r\nFrom"),
    "nothing": ok(),
    "an empty mail": raw(b"* 1 FETCH (UID 1 BODY[] {0}\r\n)\r\n%TAG% OK done\r\n"),
    "half a mail": raw(b"* 1 FETCH (UID 1 BODY[] {40}\r\n%b)\r\n%%TAG%% OK done\r\n" % mail(1)[:40]),
    "another mail": raw(b"* 2 FETCH (UID 2 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(mail(2)), mail(2))),
}


@pytest.fixture(autouse=True, scope="module")
def short_farewells() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hermes.ingress.imap.connection.IMAP_ABORT_SECONDS", 0.1)
        yield


#: IDLE really waits, and is tested elsewhere.
ENTRIES = st.tuples(
    st.sampled_from([*(step for step in STEPS if step != "IDLE"), "BODY", "BODY", "STORE"]),
    st.sampled_from(sorted(FAULTS)),
    st.sampled_from([1, 1, 2, 5, None]),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@example([("BODY", "half a mail", 1)])
@example([("BODY", "an empty mail", None)])
@example([("BODY", "another mail", 2), ("STORE", "cut", 1)])
@example([("FACTS", "nothing", 2), ("SEARCH", "nonsense", 5)])
@given(st.lists(ENTRIES, min_size=1, max_size=4))
async def test_no_script_loses_a_mail_or_stores_one_twice(script: list[tuple[str, str, int | None]]) -> None:
    server = ScriptedImap(
        {uid: Mail(mail(uid)) for uid in (1, 2, 3)},
        [On(step, FAULTS[fault], times=times) for step, fault, times in script],
        idle=False,
    )
    true = {uid: one.raw for uid, one in server.mails.items()}
    clock = Clock(seconds=2 * HOUR)
    times = ImapTimes(call=0.05, fetch=0.05, first_pause=1.0, close=5.0)
    async with reading(server, clock=clock, times=times, poll_seconds=600) as found:
        await eventually(lambda: len(server.seen) == 3 or clock.passed > HOUR)
        assert {uid for uid in server.seen if true[uid] not in found.stored} == set()
        for entry in server.script:
            entry.times = 0
        clock.allow(10 * HOUR)
        await eventually(lambda: len(server.seen) == 3)

        assert sorted(found.stored) == sorted(true.values())
        at = server.logins
        assert max(sum(one <= other < one + HOUR for other in at) for one in at) <= 30

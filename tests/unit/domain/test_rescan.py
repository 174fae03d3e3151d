"""Which old mails an operator's request is for."""

from __future__ import annotations

from hermes.domain.mailboxes import Rescan


def test_mail_between_the_two_times_and_no_other() -> None:
    wanted = Rescan(rescan_id="1", asked_at=50.0, since=10.0, until=20.0)
    assert [wanted.wants(at) for at in (9.0, 10.0, 19.0, 20.0, None)] == [False, True, True, False, False]
    assert not Rescan(rescan_id="1", asked_at=50.0).wants(15.0)

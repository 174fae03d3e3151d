"""`hermes mail replies` where there are more than it looks at."""

from __future__ import annotations

import pytest

from hermes.cli import records
from hermes.config import loading as config
from hermes.domain.replies import Reply


@pytest.mark.parametrize("most", [2, 3])
def test_a_list_that_may_lack_the_newest_says_so(
    most: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"kind": "succeeded", "message_id": "<1@x>", "sender": "", "recipient": "anna@example.org", "raw": b""}
    rows = [Reply.model_validate({**facts, "reply_id": f"{n}#final", "created_at": n}) for n in range(2)]

    async def found(_: object) -> list[Reply]:
        return rows

    monkeypatch.setattr(records, "_replies", found)
    monkeypatch.setattr(records, "_REPLIES", most)
    monkeypatch.setattr(config, "load", lambda *_: None)

    records.list_replies(most=50, as_json=True)

    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 2
    assert ("newer ones may be missing" in told.err) == (most == 2)

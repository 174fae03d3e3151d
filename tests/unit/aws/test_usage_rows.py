"""The usage table as operators see it: whole, however many hours of however many people it holds."""

from __future__ import annotations

from typing import Any

from hermes.aws.records.usage import Usage
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables


class Pages:
    """A table that DynamoDB gives out page by page."""

    def __init__(self, rows: int, *, page: int) -> None:
        self._rows = rows
        self._page = page

    async def scan(self, *, ExclusiveStartKey: dict[str, Any] | None = None, **_: object) -> dict[str, Any]:
        begins = int(ExclusiveStartKey["usage_id"]["S"]) if ExclusiveStartKey else 0
        ends = min(begins + self._page, self._rows)
        facts = {"subject": {"S": "owner anna@example.org"}, "measure": {"S": "commands_per_hour"}, "used": {"N": "1"}}
        found = [{"usage_id": {"S": str(number)}, **facts} for number in range(begins, ends)]
        return {"Items": found, **({"LastEvaluatedKey": {"usage_id": {"S": str(ends)}}} if ends < self._rows else {})}


async def test_no_count_is_left_out_however_many_there_are() -> None:
    usage = Usage(tables=Tables(client=Pages(12_000, page=5_000)), names=ResourceNames("hermes"))
    assert len(await usage.all()) == 12_000

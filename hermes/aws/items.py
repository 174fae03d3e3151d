"""Records to DynamoDB attribute values and back. Source: "Amazon DynamoDB: data types" (AttributeValue)."""

from __future__ import annotations

import contextlib
import decimal
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hermes import errors
from hermes.domain import escape

Item = dict[str, Any]
#: Every version has written it, where the model has one.
_STATE = "state"
#: How pydantic names a value of another type than the model's ("Validation errors": `string_type`, `int_parsing`, …).
_OTHER_TYPE = ("_type", "_parsing", "_parsing_size")
M = TypeVar("M", bound=BaseModel)


def attribute(value: Any) -> dict[str, Any]:
    """One AttributeValue. None inside a list or map becomes NULL; at the top of a record it is left out (see `to_item`)."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            # Texts come from outside too: one that UTF-8 cannot carry would make the whole record unwritable, for ever.
            return {"S": escape.deep(str(value))}
        case int() | decimal.Decimal():
            return {"N": str(value)}
        case float():
            # 17 digits hold any float; DynamoDB keeps 38.
            return {"N": repr(value) if value == value and abs(value) != float("inf") else "0"}
        case bytes() | bytearray():
            return {"B": bytes(value)}
        case Mapping():
            return {"M": {str(k): attribute(v) for k, v in value.items()}}
        case list() | tuple() | set() | frozenset():
            return {"L": [attribute(v) for v in value]}
        case BaseModel():
            return attribute(value.model_dump())
        case _:
            raise TypeError(f"{type(value).__name__} has no DynamoDB form")


def plain(value: Mapping[str, Any]) -> Any:
    """The Python value of one AttributeValue; numbers as int where they are whole."""
    ((kind, inner),) = value.items()
    match kind:
        case "S" | "BOOL" | "B":
            return inner
        case "N":
            number = float(inner)
            return int(inner) if inner.lstrip("-").isdigit() else number
        case "NULL":
            return None
        case "M":
            return {k: plain(v) for k, v in inner.items()}
        case "L":
            return [plain(v) for v in inner]
        case "SS" | "NS" | "BS":
            return list(inner)
        case _:
            raise TypeError(f"unknown attribute value {kind}")


def to_item(record: BaseModel) -> Item:
    """A record as an item; fields that are None are left out, so that sparse indexes stay sparse."""
    return {name: attribute(value) for name, value in record.model_dump().items() if value is not None}


def from_item(model: type[M], item: Mapping[str, Any]) -> M:
    """An item as a record; attributes that the model does not know are ignored (a newer version may have written them).

    Raises `errors.UnknownRecord` for a value that the model does not know; a version that knows it handles the record.
    Raises `errors.DamagedRecord`, a subclass, if an attribute is missing or has another type, which no version writes.
    """
    if _STATE in model.model_fields and _STATE not in item:
        # The model's default is for a new record; taken for this one, the record would begin again.
        raise errors.DamagedRecord(
            f"a record ({model.__name__}) cannot be read by this version: {_STATE}: Field required"
        )
    try:
        return model.model_validate({name: plain(value) for name, value in item.items()})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        damage = [one for one in found if one["type"] == "missing" or one["type"].endswith(_OTHER_TYPE)]
        first = (damage or found)[0]
        where = ".".join(str(part) for part in first["loc"])
        text = f"a record ({model.__name__}) cannot be read by this version: {where}: {first['msg']}"
        raise (errors.DamagedRecord if damage else errors.UnknownRecord)(text) from error


def undamaged(model: type[M], found: Iterable[Mapping[str, Any] | None]) -> list[M]:
    """The items as records, without those that no version can read. Raises `errors.UnknownRecord` for one that a newer version can."""
    records = []
    for item in found:
        if item:
            with contextlib.suppress(errors.DamagedRecord):
                records.append(from_item(model, item))
    return records


def known(model: type[M], found: Iterable[Mapping[str, Any]]) -> list[M]:
    """The items that this version can read, as records; for scans of whole tables, which one unreadable row must not stop."""
    records = []
    for item in found:
        with contextlib.suppress(errors.UnknownRecord):
            records.append(from_item(model, item))
    return records

"""A dict that reports which of its keys change; MiniStack's stores are built on dicts, and this is how a change is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_NONE: Any = object()


class Watched(dict[Any, Any]):
    """A dict whose writes are reported; `adopt` may replace what is put in by a value that reports its own changes."""

    __slots__ = ("_adopt", "_changed")

    def __init__(
        self, changed: Callable[[Any], None], *, adopt: Callable[[Any, Any], Any] = lambda _, value: value
    ) -> None:
        super().__init__()
        self._changed = changed
        self._adopt = adopt

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, self._adopt(key, value))
        self._changed(key)

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(key)
        self._changed(key)

    def pop(self, key: Any, default: Any = _NONE) -> Any:
        """As dict's."""
        if key not in self:
            if default is _NONE:
                raise KeyError(key)
            return default
        found = super().pop(key)
        self._changed(key)
        return found

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """As dict's."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **_: Any) -> None:
        """As dict's, for one mapping."""
        for key, value in dict(*others).items():
            self[key] = value

    def clear(self) -> None:
        """As dict's."""
        for key in list(self):
            del self[key]

"""Modules that are loaded when something of them is first used.

FastAPI and what stands on it take a seventh of a gateway's start, and most gateways serve no page and take no mail by HTTP.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def module(name: str) -> ModuleType:
    """The module, not loaded yet. Raises ModuleNotFoundError."""
    if (found := sys.modules.get(name)) is not None:
        return found
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"there is no module {name}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found

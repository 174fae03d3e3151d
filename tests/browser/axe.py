"""Accessibility, as axe-core finds it: the rules of WCAG 2.2 A and AA, and its best practices."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from tests.browser.chromium import Tab

_AXE = Path(__file__).parents[1] / "programs" / "node_modules" / "axe-core" / "axe.min.js"


@functools.cache
def _script() -> str:
    if not _AXE.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("axe-core is not installed: make programs")
    return _AXE.read_text(encoding="utf-8")


async def violations(tab: Tab) -> list[str]:
    """What is wrong on the page: the rule, and the first elements that break it."""
    await tab.run(_script() + "; true")
    script = """axe.run({iframes: false, resultTypes: ["violations"]}).then((found) => found.violations.map((one) => {
      const where = one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.any[0]?.message ?? ""}`);
      return `${one.id}: ${where.join(" | ")}`;
    }))"""
    found: list[str] = await tab.run(script)
    return found

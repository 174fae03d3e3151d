"""Bundles in a real bucket: kept by session, found by their newest commit, gone when they are dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.repository.bundles import Bundles
from tests.integration.stand import Stand

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


async def test_a_bundle_is_kept_found_fetched_and_dropped(aws: Stand, tmp_path: Path) -> None:
    bundles = Bundles(objects=aws.objects)
    (tmp_path / "made").write_bytes(b"# v2 git bundle\n")
    head = "a" * 40
    key = await bundles.keep("acme-site-1", head, tmp_path / "made")
    await bundles.keep("acme-site-12", "b" * 40, tmp_path / "made")
    assert await bundles.of("acme-site-1") == {head: key}
    await bundles.fetch(key, tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"# v2 git bundle\n"
    await bundles.drop(key)
    await bundles.drop(key)
    assert await bundles.of("acme-site-1") == {}

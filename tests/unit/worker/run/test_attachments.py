"""Files of a mail are laid out afresh, whatever an agent has left in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.domain import wire
from hermes.worker.run import attachments

REF = wire.AttachmentRef(key="attachments/x/00-logo.png", name="logo.png", content_type="image/png", size=4)


async def fetched(_: wire.AttachmentRef) -> bytes:
    return b"logo"


@pytest.mark.parametrize("left", ["nothing", "files", "a file", "a link", "a link to nothing"])
async def test_it_begins_with_an_empty_folder(left: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "in" / "attachments", tmp_path / "elsewhere"
    folder.parent.mkdir()
    elsewhere.mkdir()
    match left:
        case "files":
            folder.mkdir()
            (folder / "old").write_text("x")
        case "a file":
            folder.write_text("x")
        case "a link":
            folder.symlink_to(elsewhere)
        case "a link to nothing":
            folder.symlink_to(tmp_path / "nowhere")
        case _:
            pass

    (laid,) = await attachments.lay_out(folder, [REF], fetched)

    assert (laid, laid.read_bytes()) == (folder / "logo.png", b"logo")
    assert [path.name for path in folder.iterdir()] == ["logo.png"]
    assert list(elsewhere.iterdir()) == []

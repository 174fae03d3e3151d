"""A build brought to S3: only what changed, with its headers, deletions, and never beside its own folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.aws import objects, s3_prefix
from hermes.aws.s3_prefix import S3Prefix
from hermes.config.publish_settings import PublishSettings
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionInterrupted, ExecutionState
from hermes.site.leaks import Leaks
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication
from tests.integration.stand import Stand
from tests.unit.worker.origin import a_command


@pytest.fixture
def publication(aws: Stand) -> Publication:
    return Publication(
        settings=PublishSettings(output="dist", prefix="previews/{branch}"),
        site=lambda prefix: S3Prefix(client=aws.clients.s3, bucket=aws.bucket, prefix=prefix),
        leaks=Leaks(bucket=aws.bucket),
    )


def write(folder: Path, **files: str) -> None:
    (folder / "dist" / "assets").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / "dist" / name.replace("__", "/").replace("_", ".")).write_text(text)


async def head(aws: Stand, key: str) -> dict[str, Any]:
    return dict(await aws.clients.s3.head_object(Bucket=aws.bucket, Key=key))


async def test_only_what_changed_is_written_and_what_is_gone_is_deleted(
    aws: Stand, publication: Publication, tmp_path: Path
) -> None:
    await aws.objects.put("previews/thread-abc123456/index.html", b"a neighbour's")
    write(tmp_path, index_html="one", assets__app_js="1", old_css="x")
    first = await publication.publish(a_command(), tmp_path, ExecutionState())
    assert (first.prefix, first.files, first.written, first.deleted) == ("previews/thread-abc12345/", 3, 3, 0)
    (tmp_path / "dist" / "old.css").unlink()
    write(tmp_path, index_html="two")
    second = await publication.publish(a_command(), tmp_path, ExecutionState())
    assert (second.files, second.written, second.deleted) == (2, 1, 1)
    assert (await aws.objects.get("previews/thread-abc12345/index.html")) == b"two"
    assert await aws.objects.get("previews/thread-abc123456/index.html") == b"a neighbour's"
    page = await head(aws, "previews/thread-abc12345/index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")


async def test_a_leak_leaves_what_is_shown_as_it_is(aws: Stand, publication: Publication, tmp_path: Path) -> None:
    write(tmp_path, index_html="good")
    await publication.publish(a_command(), tmp_path, ExecutionState())
    link = await aws.objects.link("attachments/x.png", seconds=60)
    write(tmp_path, index_html=f'<img src="{link}">', more_html="x")
    with pytest.raises(errors.StepFailed, match="Nothing was published"):
        await publication.publish(a_command(), tmp_path, ExecutionState())
    assert await aws.objects.get("previews/thread-abc12345/index.html") == b"good"
    assert not await aws.objects.exists("previews/thread-abc12345/more.html")


async def test_an_interrupt_stops_it_and_the_partial_build_lies_apart(
    aws: Stand, publication: Publication, tmp_path: Path
) -> None:
    write(tmp_path, index_html="half")
    state = ExecutionState()
    state.request_interrupt(InterruptReason.USER_CANCELLED)
    with pytest.raises(ExecutionInterrupted):
        await publication.publish(a_command(), tmp_path, state)
    kept = await publication.keep_partial(a_command(), tmp_path)
    assert kept.prefix == "previews/thread-abc12345.partial/"
    assert await aws.objects.get(f"{kept.prefix}index.html") == b"half"
    assert not await aws.objects.exists("previews/thread-abc12345/index.html")


async def test_a_long_manifest_is_read_to_its_end(aws: Stand) -> None:
    def in_pages_of_ten(*, params: dict[str, Any], **_: Any) -> None:
        params["MaxKeys"] = 10

    aws.clients.s3.meta.events.register("provide-client-params.s3.ListObjectsV2", in_pages_of_ten)
    site = S3Prefix(client=aws.clients.s3, bucket=aws.bucket, prefix="many/")
    names = [f"{n}.txt" for n in range(23)]
    await asyncio.gather(
        *(site.put(n, b"x", content_type="text/plain", cache_control="no-cache") for n in names),
    )
    assert sorted(await site.manifest()) == sorted(names)
    # More than one call may name, and its last ones are those that are there.
    await site.delete([*(f"gone-{n}.txt" for n in range(s3_prefix.DELETE_OBJECTS)), *names])
    assert await site.manifest() == {}


async def test_media_of_a_mail_are_placed_by_presigned_link_and_never_twice(aws: Stand, tmp_path: Path) -> None:
    await aws.objects.put("attachments/1", b"picture")
    (tmp_path / "tree").mkdir()

    async def fetch(ref: wire.AttachmentRef, path: Path) -> None:
        await objects.download(await aws.objects.link(ref.key, seconds=60), path, most=100)

    media = Media(folder="public/img", download=fetch)
    ref = wire.AttachmentRef(key="attachments/1", name="../Team Photo.jpg", content_type="image/jpeg")
    first = await media.place(tmp_path / "tree", ref, tmp_path / "in")
    again = await media.place(tmp_path / "tree", ref, tmp_path / "in")
    assert first == again == tmp_path / "tree" / "public" / "img" / "Team Photo.jpg"
    await aws.objects.put("attachments/1", b"another picture")
    assert (await media.place(tmp_path / "tree", ref, tmp_path / "in")).name == "Team Photo-2.jpg"
    with pytest.raises(errors.AwsRefused):
        await media.place(tmp_path / "tree", ref.model_copy(update={"key": "attachments/none"}), tmp_path / "in")
    await aws.objects.put("attachments/1", b"x" * 101)
    with pytest.raises(errors.AwsRefused, match="larger than announced"):
        await media.place(tmp_path / "tree", ref, tmp_path / "in")


async def test_media_do_not_follow_a_link_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tree" / "public").symlink_to(tmp_path / "elsewhere")

    async def fetch(_ref: wire.AttachmentRef, path: Path) -> None:
        path.write_bytes(b"x")

    with pytest.raises(errors.StepFailed, match="no folder of the project"):
        await Media(folder="public/img", download=fetch).place(
            tmp_path / "tree", wire.AttachmentRef(key="k", name="x.png", content_type="image/png"), tmp_path / "in"
        )
    assert list((tmp_path / "elsewhere").iterdir()) == []

"""Publishes a build: writes changed files, pages last, and deletes removed ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hermes.aws.s3_prefix import S3Prefix
from hermes.config.publish_settings import PublishSettings
from hermes.domain import wire
from hermes.execution import ExecutionState, ParallelExecutionManager
from hermes.process.user import User
from hermes.site.leaks import Leaks
from hermes.worker.run import output

#: Files that are uploaded at the same time.
PUBLISH_AT_ONCE: Final = 4

_PARTIAL = ".partial/"


@dataclass(frozen=True, slots=True)
class Published:
    """The result of a publication."""

    prefix: str
    files: int
    written: int
    deleted: int


def filled(template: str, command: wire.CommandMessage, commit: str = "") -> str:
    """A link or prefix with the command's values in its placeholders."""
    values = {
        "{branch}": command.context.branch,
        "{session}": command.session_id,
        "{thread}": command.chat_thread_id,
        "{commit}": commit,
    }
    for name, value in values.items():
        template = template.replace(name, value)
    return template


class Publication:
    """Publishes one project's builds; `site` opens a prefix of the bucket."""

    def __init__(self, *, settings: PublishSettings, site: Callable[[str], S3Prefix], leaks: Leaks) -> None:
        self._settings = settings
        self._site = site
        self._leaks = leaks

    async def publish(
        self,
        command: wire.CommandMessage,
        worktree: Path,
        state: ExecutionState,
        *,
        beside: Path | None = None,
        user: User | None = None,
        prefix: str | None = None,
    ) -> Published:
        """Publish the whole output; another user's files are copied to `beside`, a folder of the worker, first.

        `prefix`: to this place in place of the thread's own.
        Raises `errors.StepFailed` if it may not be shown, `errors.Transient`, `ExecutionInterrupted`.
        """
        async with output.copied(worktree, self._settings.output, beside, user) as there:
            return await self._bring(prefix or filled(self._settings.prefix, command), there, state)

    async def keep_partial(
        self, command: wire.CommandMessage, worktree: Path, *, beside: Path | None = None, user: User | None = None
    ) -> Published:
        """Store the output of a stopped build, separate from the last good one."""
        prefix = filled(self._settings.prefix, command).rstrip("/") + _PARTIAL
        async with ExecutionState() as state, output.copied(worktree, self._settings.output, beside, user) as there:
            return await self._bring(prefix, there, state)  # the state of the command is stopped

    async def _bring(self, prefix: str, worktree: Path, state: ExecutionState) -> Published:
        files = await asyncio.to_thread(output.read, worktree, self._settings.output, self._leaks)
        site = self._site(prefix)
        there = await site.manifest()
        changed = [file for file in files if there.get(file.name) != file.md5]
        uploads = ParallelExecutionManager(state=state, limit=PUBLISH_AT_ONCE)
        # So a page never refers to a file that is not there yet or no longer there.
        for pages in (False, True):
            await uploads.gather([_upload(site, file) for file in changed if file.page is pages])
        gone = sorted(there.keys() - {file.name for file in files})
        await site.delete(gone)
        return Published(prefix, len(files), len(changed), len(gone))


def _upload(site: S3Prefix, file: output.File) -> Callable[[], Awaitable[None]]:
    async def upload() -> None:
        data = await asyncio.to_thread(file.read)
        await site.put(file.name, data, content_type=file.content_type, cache_control=file.cache_control)

    return upload

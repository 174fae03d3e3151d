"""Where a gateway's configuration is read from again while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from hermes import errors
from hermes.aws.objects import Objects
from hermes.config import loading, sources
from hermes.config.current import CurrentConfig
from hermes.config.loading import Config
from hermes.config.sources import ConfigDocument
from hermes.domain.env import Env
from hermes.gateway.upkeep.config_watch import ConfigWatch

#: Documents under the prefix: each may hold many projects.
_DOCUMENTS = 500


def reader(config: Config, objects: Objects, file: Path) -> Callable[[], Awaitable[Sequence[ConfigDocument]]]:
    """Reads the file, its folder, and what is under the prefix of S3."""
    prefix = config.project_sources.bucket_prefix

    def on_disk() -> list[ConfigDocument]:
        first = sources.file(file)
        return [first, *sources.folder(file, sources.toml(first))]

    async def read() -> Sequence[ConfigDocument]:
        found = await asyncio.to_thread(on_disk)
        return [*found, *(await in_s3(objects, prefix) if prefix is not None else ())]

    return read


async def in_s3(objects: Objects, prefix: str) -> list[ConfigDocument]:
    """The documents under a prefix of the bucket. Raises `errors.HermesError`."""
    keys = sorted(key for key in await objects.list(prefix, most=_DOCUMENTS) if key.endswith(".toml"))
    found = []
    for key in keys:
        raw, size = await objects.beginning(key, most=sources.DOCUMENT_BYTES)
        if size > sources.DOCUMENT_BYTES:
            raise errors.ConfigError(f"s3://{objects.bucket}/{key} is larger than {sources.DOCUMENT_BYTES} bytes")
        found.append(ConfigDocument(f"s3://{objects.bucket}/{key}", raw))
    return found


async def with_s3(config: Config, objects: Objects) -> Config:
    """The configuration with the projects that are in S3. Raises `errors.ConfigError`, and what S3 raises."""
    prefix = config.project_sources.bucket_prefix
    if prefix is None:
        return config
    live = {name: list(getattr(config, name)) for name in sources.LISTS}
    given = sources.Given({**{name: getattr(config, name) for name in Config.model_fields}, **live}, "configuration")
    given.add(await in_s3(objects, prefix))
    if not given.values["projects"]:
        raise errors.ConfigError(
            f"no project is configured, neither in the files nor under s3://{objects.bucket}/{prefix}"
        )
    return loading.validated(given)


def agent_of(config: Config, project: str) -> str:
    """The kind of agent of a project, for a label; empty where the project is gone."""
    found = next((one for one in config.projects if one.name == project), None)
    return found.agent.kind.value if found is not None else ""


def watch(
    current: CurrentConfig, objects: Objects, *, file: Path | None, environ: Mapping[str, str] | None, env: Env
) -> ConfigWatch | None:
    """What takes over changes; None where there is no file to change."""
    if file is None:
        return None
    config = current.current
    return ConfigWatch(
        current=current,
        read=reader(config, objects, file),
        environ=environ or {},
        seconds=config.project_sources.seconds,
        env=env,
    )

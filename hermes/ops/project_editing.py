"""Adds and changes projects in the documents that they come from: validated with all others, and written where nothing changed since.

A document is the configuration file, a file of `projects.d`, an object under the prefix of S3, or a row of the table of projects.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hermes import errors
from hermes.app import configuration
from hermes.aws.records.stores import Stores
from hermes.config import loading, sources, writing
from hermes.config.agent_settings import AgentKind
from hermes.config.loading import Config, Project
from hermes.config.sources import ConfigDocument

_BY: Final = "hermes projects add"
_KINDS: Final = frozenset({AgentKind.CLAUDE, AgentKind.AIDER, AgentKind.PATCH})


class Target(enum.StrEnum):
    """Where a new document goes."""

    FOLDER = "folder"
    """A file of `projects.d`."""
    S3 = "s3"
    TABLE = "table"


@dataclasses.dataclass(frozen=True, slots=True)
class ProjectEditor:
    """The documents of one deployment."""

    config: Config
    """As the file and the environment have it."""
    file: Path | None
    environ: Mapping[str, str]
    held: Stores | None = None
    """Needed for what is in AWS alone."""

    async def documents(self) -> list[ConfigDocument]:
        """All of them, the configuration file first. Raises `errors.HermesError`."""
        found = await asyncio.to_thread(configuration.on_disk, self.file)
        return [*found, *(await configuration.shared(self.config, self.held) if self.held is not None else ())]

    async def add(self, settings: Mapping[str, Any], target: Target | None) -> tuple[Project, str]:
        """Write a new document with one project. Returns the project and where it is. Raises `errors.ConfigError`, `errors.NotPossible`."""
        text = writing.toml({"projects": [settings]}, by=_BY)
        name = f"{settings['client']}/{settings['project']}"
        found = await self.documents()
        place = self._place(target or self._usual(), str(settings["client"]), str(settings["project"]))
        config = self._validated([*found, ConfigDocument(place, text.encode())])
        if any(one.name == place for one in found):
            raise errors.NotPossible(f"{place} is there already; change it with hermes projects edit")
        await self._write(place, text, before=None)
        return next(one for one in config.projects if one.name == name), place

    async def find(self, name: str) -> ConfigDocument:
        """The document that a project is in. Raises `errors.NotFound`."""
        for document in await self.documents():
            given = sources.toml(document).get("projects")
            tables = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
            if any(f"{one.get('client')}/{one.get('project')}" == name for one in tables):
                return document
        hint = "; it is set in the environment" if any(one.name == name for one in self.config.projects) else ""
        raise errors.NotFound(f"no document has a project {name}{hint}")

    async def project(self, name: str) -> Project:
        """A project, by all documents together. Raises `errors.ConfigError`, `errors.NotFound`."""
        config = self._validated(await self.documents())
        found = next((one for one in config.projects if one.name == name), None)
        if found is None:
            names = ", ".join(sorted(one.name for one in config.projects)) or "none"
            raise errors.NotFound(f"there is no project {name}; there are: {names}")
        return found

    async def replace(self, document: ConfigDocument, text: str) -> Config:
        """Write another text in its place; returns what all documents are together then.

        Raises `errors.ConfigError` where they would not be valid, `errors.NotPossible` where somebody changed the document since.
        """
        found = await self.documents()
        if document not in found:
            raise errors.NotPossible(f"{document.name} was changed by somebody else; try again")
        others = [ConfigDocument(one.name, text.encode()) if one == document else one for one in found]
        config = self._validated(others)
        await self._write(document.name, text, before=document.raw.decode("utf-8"))
        return config

    def _validated(self, documents: list[ConfigDocument]) -> Config:
        return loading.validated(loading.collected(documents, self.environ))

    def _usual(self) -> Target:
        if self.config.project_sources.table:
            return Target.TABLE
        return Target.S3 if self.config.project_sources.bucket_prefix is not None else Target.FOLDER

    def _place(self, target: Target, client: str, project: str) -> str:
        wanted = self.config.project_sources
        if target is Target.TABLE:
            if self.held is None or not wanted.table:
                raise errors.ConfigError("projects do not come from the table here: set project_sources.table = true")
            return self.held.project_documents.place(f"{client}/{project}")
        if target is Target.S3:
            if self.held is None or wanted.bucket_prefix is None:
                raise errors.ConfigError("projects do not come from S3 here: set project_sources.bucket_prefix")
            return f"s3://{self.held.objects.bucket}/{wanted.bucket_prefix}{client}-{project}.toml"
        if self.file is None:
            raise errors.ConfigError(
                "there is no configuration file here, and so no projects.d: name one with --config"
            )
        return str(self.file.parent / wanted.folder / f"{client}-{project}.toml")

    async def _write(self, place: str, text: str, *, before: str | None) -> None:
        if self.held is not None and place.startswith(f"s3://{self.held.objects.bucket}/"):
            key = place.removeprefix(f"s3://{self.held.objects.bucket}/")
            await self.held.objects.put(key, text.encode(), content_type="application/toml")
        elif self.held is not None and place.startswith(row := self.held.project_documents.place("")):
            await self.held.project_documents.put(place.removeprefix(row), text, before=before)
        else:
            await asyncio.to_thread(writing.write_text, Path(place), text, like=self.file)


def agent(command: str, variables: Sequence[str]) -> dict[str, Any]:
    """The section of an agent: a kind by its name, else a command line. Raises `errors.ConfigError`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise errors.ConfigError(f"--agent {command!r} is no command line: {error}") from error
    section: dict[str, Any] = {"kind": command} if command in _KINDS else {"kind": "command", "argv": words}
    return section | ({"env": list(variables)} if variables else {})

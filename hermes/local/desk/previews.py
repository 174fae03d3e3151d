"""The builds that `hermes dev --output` shows: files of the embedded bucket, for the link in the answer.

They are agents' work beside the operator's page, on one host. So each is a site of its own for the browser (a sandbox without an
origin), which can read nothing of the page and send nothing to it. There is no sign-in, because such a site sends no cookie: whoever
knows a branch's name, on this machine, sees what it shows.
"""

from __future__ import annotations

import mimetypes
import posixpath
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse, Response

from hermes import errors
from hermes.admin.console import Console
from hermes.aws import refusals
from hermes.config.loading import Project

#: Where the page has them.
PATH: Final = "/preview/"
#: A file of a site; a larger one is not shown.
_MOST_BYTES: Final = 32 * 1024 * 1024
_HEADERS: Final = {
    "content-security-policy": "sandbox allow-scripts allow-forms allow-popups allow-modals; frame-ancestors 'self'",
    # Its own files are another site's for it, since it has no origin.
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
}
_PLACE: Final = re.compile(r"\\\{[a-z]+\\\}")


def url(project: Project, port: int) -> str | None:
    """The link to a project's builds on the page at this port; None where nothing is published, or somewhere else."""
    settings = project.publish
    return (
        f"http://127.0.0.1:{port}{PATH}{settings.prefix}" if settings is not None and settings.bucket is None else None
    )


def is_published(projects: Iterable[Project], path: str) -> bool:
    """Whether a path is under a prefix that a project publishes to."""
    prefixes = [one.publish.prefix for one in projects if one.publish is not None and one.publish.bucket is None]
    patterns = [_PLACE.sub("[^/]+", re.escape(prefix)) for prefix in prefixes]
    return posixpath.normpath(path) == path.rstrip("/") and any(re.match(one, path) for one in patterns)


def routes(console: Console) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    @made.get(f"{PATH}{{path:path}}")
    async def preview(path: str) -> Response:
        if not is_published(console.settings().projects, path):
            raise HTTPException(404)
        key = f"{path}index.html" if path.endswith("/") else path
        data = await _read(console, key)
        if data is None and not path.endswith("/") and await _read(console, f"{path}/index.html") is not None:
            return RedirectResponse(f"{PATH}{quote(path)}/", headers=_HEADERS)
        if data is None:
            raise HTTPException(404, "There is no such file in this preview.")
        kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
        return Response(data, media_type=kind, headers=_HEADERS)

    return made


async def _read(console: Console, key: str) -> bytes | None:
    try:
        data, size = await console.stores.objects.beginning(key, most=_MOST_BYTES)
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        if refusals.no_object(error):
            return None
        raise
    return data if size <= _MOST_BYTES else None

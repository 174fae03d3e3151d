"""The log of a command: it grows while the command runs; afterwards the whole of it, with a search."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from hermes import errors
from hermes.admin.actions import commands
from hermes.admin.viewer import Viewer
from hermes.admin.views import commands as command_views
from hermes.admin.views import logs
from hermes.web import live, showing
from hermes.web.live import LOOK_SECONDS, LiveParts
from hermes.web.parts import PageParts

#: Of a log, on the page: its end. The whole is a link.
SHOWN_CHARS: Final = 200_000
#: Pieces of a log that one page reads before it is shown.
_PIECES: Final = 20


def routes(parts: PageParts, streams: LiveParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    async def so_far(viewer: Viewer, command_id: str) -> logs.LogPiece:
        """The log until now: the whole of an ended command, or what its worker has sent."""
        piece = logs.LogPiece(text="", after="", ended=False)
        texts: list[str] = []
        for _ in range(_PIECES):
            piece = await logs.follow(parts.console, viewer, command_id, after=piece.after)
            texts.append(piece.text)
            if piece.ended or not piece.text:
                break
        return logs.LogPiece(text=showing.plain("".join(texts)), after=piece.after, ended=piece.ended)

    @made.get("/commands/{command_id}/log")
    async def show(request: Request, command_id: str, q: str = "") -> HTMLResponse:
        visit = await parts.visit(request)
        command = command_views.view(await commands.find(parts.console, visit.viewer, command_id))
        piece = await so_far(visit.viewer, command_id)
        lines = piece.text.split("\n")
        found = [line for line in lines if q.casefold() in line.casefold()] if q else lines
        text = "\n".join(found)
        follows = not piece.ended and not q
        return parts.page(
            "log.html",
            visit,
            here="/threads",
            command=command,
            q=q,
            found=len(found),
            lines=len(lines),
            text=text[-SHOWN_CHARS:],
            cut=len(text) > SHOWN_CHARS,
            follow=f"/events/commands/{command_id}/log?after={piece.after}" if follows else "",
        )

    @made.get("/commands/{command_id}/log.txt")
    async def whole(request: Request, command_id: str) -> PlainTextResponse:
        visit = await parts.visit(request)
        await commands.find(parts.console, visit.viewer, command_id)
        try:
            text = (await logs.whole(parts.console, visit.viewer, command_id)).text
        except errors.NotFound:
            text = (await so_far(visit.viewer, command_id)).text
        return PlainTextResponse(showing.plain(text))

    @made.get("/events/commands/{command_id}/log")
    async def follow(request: Request, command_id: str, after: str = "") -> Response:
        viewer = (await parts.visit(request)).viewer
        # A browser that comes back, to this replica or another, says what it has seen last.
        begin = request.headers.get("last-event-id") or after
        first = await logs.follow(parts.console, viewer, command_id, after=begin)

        async def pieces() -> AsyncGenerator[bytes, None]:
            piece = first
            while True:
                if piece.text:
                    yield live.event(showing.plain(piece.text).rstrip("\n"), ident=piece.after)
                if piece.ended:
                    yield live.END
                    return
                if parts.stopping():
                    return
                if not piece.text:
                    await parts.env.sleep(LOOK_SECONDS)
                try:
                    piece = await logs.follow(parts.console, viewer, command_id, after=piece.after)
                except errors.Transient:
                    piece = logs.LogPiece(text="", after=piece.after, ended=False)  # asked again in a moment

        return streams.stream(pieces())

    return made

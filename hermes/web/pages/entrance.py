"""The pages before and around the others: sign-in, one-time links, sign-out, the files of the page, and errors."""

from __future__ import annotations

import urllib.parse
from typing import Final

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from hermes import errors
from hermes.web import forms
from hermes.web.access.sign_in import SignIn, SignInNeeded, TooMany, check_form
from hermes.web.access.tickets import Ticket
from hermes.web.rendering import Renderer

#: A file's address has a digest of all of them, so a browser may keep it.
_KEPT: Final = "public, max-age=31536000, immutable"
_WRONG: Final = "This name and password do not belong together."
_USED: Final = "This link has been used, or is too old. `hermes web link` prints a new one."


def routes(sign_in: SignIn, renderer: Renderer) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    def form(target: str, said: str = "", status: int = 200) -> HTMLResponse:
        facts = {"by_password": sign_in.by_password, "target": target, "said": said}
        return renderer.page("sign_in.html", None, status=status, **facts)

    async def entered(found: Ticket | TooMany | None, target: str, refusal: str) -> Response:
        if isinstance(found, TooMany):
            answer: Response = form(target, f"Too many tries. Try again in {found.seconds // 60 + 1} minutes.", 429)
            answer.headers["retry-after"] = str(found.seconds)
        elif found is None:
            answer = form(target, refusal, 403)
        else:
            answer = RedirectResponse(target, status_code=303)
            await sign_in.keep(answer, found)
        return answer

    @made.get("/sign-in")
    async def ask(next: str = "/") -> HTMLResponse:
        return form(local(next))

    @made.post("/sign-in")
    async def enter(request: Request) -> Response:
        given = await forms.fields(request)
        found = await sign_in.with_password(given.get("name", ""), given.get("password", ""), _address(request))
        return await entered(found, local(given.get("next", "/")), _WRONG)

    @made.get("/link/{secret}")
    async def link(secret: str) -> HTMLResponse:
        # Mail scanners and browsers open links ahead: it signs in by a button only.
        return renderer.page("link.html", None, secret=secret)

    @made.post("/link/{secret}")
    async def enter_by_link(request: Request, secret: str) -> Response:
        return await entered(await sign_in.with_link(secret, _address(request)), "/", _USED)

    @made.post("/sign-out")
    async def leave(request: Request) -> Response:
        check_form(await sign_in.visit(request), await forms.fields(request))
        answer = RedirectResponse("/sign-in", status_code=303)
        sign_in.drop(answer)
        return answer

    @made.get("/static/{name}")
    async def file(name: str) -> Response:
        found = renderer.files.get(name)
        if found is None:
            raise HTTPException(404, "There is no such file.")
        data, kind = found
        return Response(data, media_type=kind, headers={"cache-control": _KEPT})

    return made


def errors_as_pages(app: FastAPI, sign_in: SignIn, renderer: Renderer) -> None:
    """Answer errors as pages where a browser asks, and as JSON under /api."""

    async def somebody_needed(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/events/"):
            return PlainTextResponse("Sign in again.", status_code=401)
        if request.method != "GET":
            return renderer.page("error.html", None, status=401, title="Sign in again", text="You are signed out.")
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urllib.parse.urlencode({'next': asked})}", status_code=303)

    async def refused(request: Request, error: Exception) -> Response:
        found = error if isinstance(error, StarletteHTTPException) else HTTPException(500)
        if request.url.path.startswith("/api/"):
            return await http_exception_handler(request, found)
        try:
            visit = await sign_in.visit(request)
        except (SignInNeeded, errors.HermesError):
            visit = None
        title = "There is no such page" if found.status_code == 404 else "This did not work"
        text = "" if found.detail == "Not ListRows" else str(found.detail)
        return renderer.page("error.html", visit, status=found.status_code, title=title, text=text)

    async def unavailable(request: Request, error: Exception) -> Response:
        text = error.message if isinstance(error, errors.HermesError) else ""
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": text}, status_code=503, headers={"retry-after": "5"})
        return renderer.page("error.html", None, status=503, title="Hermes cannot read this now", text=text)

    async def not_found(request: Request, error: Exception) -> Response:
        text = error.message if isinstance(error, errors.HermesError) else ""
        return await refused(request, HTTPException(404, text[:1].upper() + text[1:]))

    async def not_possible(request: Request, error: Exception) -> Response:
        text = error.message if isinstance(error, errors.HermesError) else ""
        return await refused(request, HTTPException(400, text[:1].upper() + text[1:]))

    app.add_exception_handler(errors.NotFound, not_found)
    app.add_exception_handler(errors.BadQuery, not_possible)
    app.add_exception_handler(errors.NotPossible, not_possible)
    app.add_exception_handler(SignInNeeded, somebody_needed)
    app.add_exception_handler(StarletteHTTPException, refused)
    app.add_exception_handler(errors.Transient, unavailable)


def local(target: str) -> str:
    """A path of this page, or `/`: whoever signs in is led nowhere else."""
    parts = urllib.parse.urlsplit(target)
    fine = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if fine and target.isprintable() and "\\" not in target else "/"


def _address(request: Request) -> str:
    return request.client.host if request.client else "local"

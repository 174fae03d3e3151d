"""Mail by HTTP posts: raw mail from providers, notifications from SNS. The answer is 200 only after the mail is stored; otherwise the
provider repeats the post.

`create_app` is the application; `http_server.HttpIngress` serves it in the gateway's own event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import fastapi
from starlette.requests import ClientDisconnect

from hermes import errors, limits
from hermes.ingress.http import form
from hermes.ingress.http.proofs import ProofClaim, Proofs
from hermes.ingress.http.providers import HttpRefusal, Post, Provider
from hermes.ingress.http.sns import SnsPosts
from hermes.ingress.mail_store import MailStore
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.spool import Body

#: A body has come by then, however slowly it trickles.
HTTP_BODY_SECONDS: Final = 120.0
#: A post that was not stored may come again after this.
HTTP_RETRY_SECONDS: Final = 60
#: A notification of SNS has 256 KiB at most, and is quoted twice.
SNS_POST_BYTES: Final = 600 * 1024

log = logging.getLogger(__name__)

_Take = Callable[[Body], Awaitable[HttpRefusal]]


class Posts:
    """Handles posts: limits on the body, proof, mail, storage, answer."""

    def __init__(
        self,
        *,
        depositor: MailStore,
        providers: Mapping[str, Provider],
        sns: SnsPosts | None,
        now: Callable[[], float],
        body_seconds: float = HTTP_BODY_SECONDS,
        shared: SharedLimits | None = None,
    ) -> None:
        """`providers` by the name in their path; `shared` holds what all ways in share, without one it is our own."""
        self._depositor = depositor
        self._providers = providers
        self._sns = sns
        self._now = now
        self._body_seconds = body_seconds
        self._shared = shared or SharedLimits()
        # Reading a post takes a second of processor time for each 100 MB.
        self._reading = asyncio.Semaphore(1)
        self._proofs: dict[str, Proofs] = {name: Proofs() for name in providers}

    async def mail(self, name: str, request: fastapi.Request) -> HttpRefusal:
        """A post to `/ingress/{name}`."""
        provider = self._providers.get(name)
        if provider is None:
            return HttpRefusal(404, "nobody posts here")
        headers = dict(request.headers)
        refused = provider.admit(headers)
        if refused is not None:
            return refused

        async def take(body: Body) -> HttpRefusal:
            async with self._reading:
                post = await self._shared.spool.in_thread(provider.read, body, headers, self._now())
            if isinstance(post, HttpRefusal):
                return post
            if not post.recipients:
                return HttpRefusal(provider.final, "no project has this address")
            whole = (
                isinstance(post.raw, form.Field) and not post.raw.encoded and len(body) == post.raw.end - post.raw.start
            )
            if whole:
                return await self._store(name, provider, post, body)
            mail = self._shared.spool.body(body.holder)
            try:
                await self._copy(post, mail)
                return await self._store(name, provider, post, mail)
            finally:
                mail.discard()

        return await self._guarded(name, request, take, most=limits.HTTP_BODY_BYTES)

    async def _copy(self, post: Post, mail: Body) -> None:
        """The mail out of a post, decoded."""
        pieces = post.raw.pieces()
        while piece := await self._shared.spool.in_thread(next, pieces, b""):
            await mail.write(piece)
        mail.finish()

    async def sns(self, request: fastapi.Request) -> HttpRefusal:
        """A post to `/ingress/sns`."""
        if self._sns is None:
            return HttpRefusal(404, "nobody posts here")
        sns = self._sns

        async def take(body: Body) -> HttpRefusal:
            return await sns.take(body.head(len(body)))

        return await self._guarded("sns", request, take, most=SNS_POST_BYTES)

    async def _store(self, name: str, provider: Provider, post: Post, mail: Body) -> HttpRefusal:
        if not mail.head(limits.HEADER_BYTES).strip():
            return HttpRefusal(provider.final, "the mail is empty")
        proofs = self._proofs[name]
        if post.proof:
            match proofs.claim(post.proof, await self._shared.spool.in_thread(post.content)):
                case ProofClaim.STORED:
                    return HttpRefusal(200, "stored before")
                case ProofClaim.UNDER_WAY:
                    raise errors.NotReady("the same post is being stored")
                case ProofClaim.OTHER:
                    return HttpRefusal(403, "the signature was used for another mail")
                case ProofClaim.NEW:
                    pass
        stored = False
        try:
            way = f"http/{name}"
            await self._depositor.deposit(
                mail,
                recipients=post.recipients,
                sender=post.sender,
                ingress=way,
                client_address=post.client_address,
            )
            stored = True
        finally:
            if post.proof:
                (proofs.keep if stored else proofs.release)(post.proof)
        return HttpRefusal(200, "stored")

    async def _guarded(self, name: str, request: fastapi.Request, take: _Take, *, most: int) -> HttpRefusal:
        """Read the body within its bounds, hand it over, and turn errors into answers."""
        client = request.client
        peer = self._shared.peers.of((client.host, client.port) if client else None)
        body = self._shared.spool.body(peer.holder)
        try:
            announced = request.headers.get("content-length", "0")
            if announced.isdigit() and int(announced[:20]) > most:
                return HttpRefusal(413, "the post is too large")
            async with asyncio.timeout(self._body_seconds):
                async for chunk in request.stream():
                    if len(body) + len(chunk) > most:
                        return HttpRefusal(413, "the post is too large")
                    await body.write(chunk)
            body.finish()
            return await take(body)
        except TimeoutError:
            return HttpRefusal(408, "the post came too slowly")
        except ClientDisconnect:
            return HttpRefusal(400, "the post was cut short")
        except errors.Unreadable as error:
            return HttpRefusal(400, error.message)
        except errors.Refused:
            return HttpRefusal(413, "the mail is larger than Hermes takes")
        except errors.HermesError as error:
            # Also what AWS refuses for good: the operator mends it while the provider tries again.
            log.warning("post not stored: %s", error, extra={"action": "mail.deferred", "ingress": name})
            return HttpRefusal(503, "the mail cannot be stored now; post it again later")
        finally:
            body.discard()


def create_app(posts: Posts) -> fastapi.FastAPI:
    """The application: `POST /ingress/sns`, `POST /ingress/{name}` and, for routes that must end so, `/ingress/{name}/mime`."""
    app = fastapi.FastAPI(title="Hermes: mail in", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/ingress/sns")
    async def sns(request: fastapi.Request) -> fastapi.Response:
        return _response(await posts.sns(request))

    @app.post("/ingress/{name}")
    @app.post("/ingress/{name}/mime")
    async def mail(name: str, request: fastapi.Request) -> fastapi.Response:
        return _response(await posts.mail(name, request))

    return app


def _response(answer: HttpRefusal) -> fastapi.Response:
    headers = {"Retry-After": str(HTTP_RETRY_SECONDS)} if answer.status == 503 else {}
    if answer.challenge:
        headers["WWW-Authenticate"] = answer.challenge
    return fastapi.Response(f"{answer.text}\n", answer.status, headers, media_type="text/plain; charset=utf-8")

"""The development page: the mailbox, with what Hermes made of each mail beside it, and the branches."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.utils
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hermes import errors, ids
from hermes.admin.viewer import Viewer
from hermes.admin.views import mails
from hermes.admin.views.mails import MailView
from hermes.local.desk import previews, uploads
from hermes.local.desk.conversations import Conversation, DeskMail
from hermes.local.desk.desk import MailDesk
from hermes.local.desk.letters import MailDraft, Manner
from hermes.web.access.guard import MAIL_POLICY
from hermes.web.access.sign_in import Visit, check_form, operates
from hermes.web.live import LiveParts
from hermes.web.parts import PageParts

#: Conversations that the page lists.
_LISTED: Final = 50
_FIELDS: Final = ("sender", "to", "subject", "text", "html", "answers", "references", "raw")


def routes(parts: PageParts, live: LiveParts, desk: MailDesk) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    async def explained(viewer: Viewer, one: Conversation) -> dict[str, MailView]:
        """What Hermes made of each mail that it has read by now."""
        found: dict[str, MailView] = {}
        for mail in one.mails:
            for mail_id in _records(parts, mail) if mail.ours else ():
                with contextlib.suppress(errors.NotFound):  # it is on its way, or has the other id
                    found[mail.key] = await mails.mail(parts.console, viewer, mail_id)
                    break
        return found

    async def moving(viewer: Viewer, key: str | None) -> str:
        every = await asyncio.to_thread(desk.conversations.all)
        chosen = next((one for one in every if any(mail.key == key for mail in one.mails)), None)
        views = await explained(viewer, chosen) if chosen else {}
        return parts.renderer.text(
            "mailbox_moving.html", every=every[:_LISTED], chosen=chosen, views=views, viewer=viewer
        )

    async def show(visit: Visit, key: str | None, given: dict[str, str] | None = None, said: str = "") -> HTMLResponse:
        chosen = await asyncio.to_thread(desk.conversations.of, key) if key else None
        if key and chosen is None:
            raise HTTPException(404, "There is no such mail in this mailbox.")
        values = dict.fromkeys(_FIELDS, "") | {"to": desk.addresses[0], "sender": desk.people[0]} | (given or {})
        if chosen and not given:
            last = next((mail for mail in reversed(chosen.mails) if not mail.ours), chosen.last)
            mine = next((mail for mail in reversed(chosen.mails) if mail.ours), None)
            subject = last.subject if last.subject.lower().startswith("re:") else f"Re: {last.subject}"
            references = " ".join(last.references)
            values |= {"subject": subject, "answers": last.message_id, "references": references}
            values |= {"sender": mine.sender, "to": mine.to} if mine else {}
        return parts.page(
            "mailbox.html",
            visit,
            status=400 if said else 200,
            here="/mailbox",
            key=chosen.key if chosen else "",
            chosen=chosen,
            moving=await moving(visit.viewer, key),
            people=desk.people,
            addresses=desk.addresses,
            given=values,
            said=said,
        )

    @made.get("/mailbox")
    async def mailbox(request: Request, mail: str = "") -> HTMLResponse:
        return await show(await parts.visit(request, whole=True), mail or None)

    @made.get("/events/mailbox")
    async def follow(request: Request, mail: str = "") -> Response:
        viewer = (await parts.visit(request, whole=True)).viewer
        return live.answer(("mailbox", mail, viewer.role), lambda: moving(viewer, mail or None))

    @made.get("/mailbox/{key}/html")
    async def frame(request: Request, key: str) -> HTMLResponse:
        await parts.visit(request, whole=True)
        found = await asyncio.to_thread(desk.conversations.of, key)
        html = next((mail.html for mail in found.mails if mail.key == key), "") if found else ""
        if not html:
            raise HTTPException(404, "This mail has no HTML.")
        return HTMLResponse(html, headers={"content-security-policy": MAIL_POLICY})

    @made.post("/mailbox")
    async def send(request: Request) -> Response:
        visit = await parts.visit(request, whole=True)
        texts, files = await uploads.form(request)
        check_form(visit, texts)
        operates(visit)
        given = {name: texts.get(name, "") for name in _FIELDS}
        try:
            manner = Manner(texts.get("manner", Manner.PERSON.value))
            sources = [file.data for name, file in files if name == "eml"] or [given["raw"].encode()]
            if any(source.strip() for source in sources):
                keys = [await _as_it_is(desk, source, given, manner) for source in sources if source.strip()]
            else:
                draft = MailDraft(
                    sender=given["sender"],
                    to=given["to"],
                    subject=given["subject"],
                    text=given["text"],
                    html=given["html"],
                    manner=manner,
                    answers=given["answers"] or None,
                    references=given["references"].split(),
                    attachments=[file for name, file in files if name == "attachments"],
                )
                keys = [await desk.send(draft)]
        except ValueError as error:
            raise HTTPException(400, "There is no such manner of writing.") from error
        except (errors.ConfigError, errors.MailRejected, errors.MailDeferred, errors.Refused) as error:
            return await show(visit, None, given, f"This mail was not taken: {error.message}.")
        return RedirectResponse(f"/mailbox?mail={keys[-1]}", status_code=303)

    made.include_router(previews.routes(parts.console))

    @made.get("/branches")
    async def branches(request: Request) -> HTMLResponse:
        visit = await parts.visit(request, whole=True)
        found, said = [], ""
        for name, one in desk.branches:
            try:
                default, rows = await one.look()
                found.append((name, one.repository, default, rows))
            except errors.ConfigError as error:
                said = error.message
        return parts.page("branches.html", visit, here="/branches", found=found, said=said)

    return made


def _records(parts: PageParts, mail: DeskMail) -> tuple[str, ...]:
    """The ids that the record of a mail may have: an owner's is of its Message-ID, anybody else's of its bytes."""
    project = parts.console.settings().project_of(mail.to)
    known = (ids.mail_id(project.name, mail.message_id or None, mail.digest),) if project else ()
    return (*known, ids.mail_id(mail.to, None, mail.digest))


async def _as_it_is(desk: MailDesk, source: bytes, given: dict[str, str], manner: Manner) -> str:
    """Deliver a whole mail that was pasted or dropped: to the address of the form, unless it names one of ours."""
    message = email.message_from_bytes(source)
    named = [
        address for _, address in email.utils.getaddresses([str(message.get("To", "")), str(message.get("Cc", ""))])
    ]
    to = next((one for one in named if one in desk.addresses), given["to"])
    return await desk.deliver(source, sender=str(message.get("From", "")) or given["sender"], to=to, manner=manner)

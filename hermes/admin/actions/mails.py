"""Takes a recorded mail up again: its outcome goes, and its pointer is put on the inbound queue, so that today's rules decide."""

from __future__ import annotations

from hermes import errors
from hermes.admin.actions.recording import recorded
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views.mails import addresses, project_of
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.operating.audit import Act
from hermes.domain.pointer import Pointer

#: These were carried out; once more would be twice.
_DONE = frozenset({Outcome.COMMAND, Outcome.CONTROL})


async def take_up(console: Console, viewer: Viewer, mail_id: str, *, reason: str = "") -> None:
    """Hand one refused, ignored or failed mail to the gateways again. Raises `errors.Permanent` with the reason if it cannot be.

    Its author is verified again; what SES and the sending server's address vouched for is not kept. Its place in the order of mails
    is that of its arrival, so that it supersedes nothing that came later.
    """
    record = await console.stores.sessions.mail(mail_id)
    if record is None:
        raise errors.NotFound("there is no record of this mail")
    project = project_of(record.recipient, addresses(console))
    async with recorded(console, viewer, Act.TAKE_UP, mail_id, project=project, reason=reason):
        await _take_up(console, record)


async def _take_up(console: Console, record: MailRecord) -> None:
    stores = console.stores
    if record.outcome in _DONE:
        raise errors.NotPossible(f"it was carried out ({record.command_id or record.outcome.value})")
    if record.bucket is None and not await stores.objects.exists(record.key):
        raise errors.NotPossible("the raw mail is no longer kept")
    pointer = Pointer(
        key=record.key,
        bucket=record.bucket,
        recipient=record.recipient,
        ingress=record.ingress,
        received_at=record.received_at,
        # Counts only where a development gateway believes loopback; only somebody who was believed got an answer.
        trusted=record.ingress == "smtp" and record.reply_id is not None,
    )
    if await stores.tables.delete(stores.sessions.mails, {"mail_id": record.mail_id}) is None:
        raise errors.NotPossible("somebody else has just taken it up")
    try:
        await stores.queues.send(
            console.places.inbound, pointer.model_dump_json(), attributes={"order": repr(record.received_at)}
        )
    except errors.HermesError:
        await stores.sessions.write_record(record)  # as it was
        raise

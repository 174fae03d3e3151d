"""Takes a recorded mail up again: its outcome goes, and its pointer is put on the inbound queue, so that today's rules decide."""

from __future__ import annotations

from hermes import errors
from hermes.app.records import Records
from hermes.domain.mails import Outcome
from hermes.domain.pointer import Pointer

#: These were carried out; once more would be twice.
_DONE = frozenset({Outcome.COMMAND, Outcome.CONTROL})


async def take_up(held: Records, mail_id: str) -> None:
    """Hand one refused, ignored or failed mail to the gateways again. Raises `errors.Permanent` with the reason if it cannot be.

    Its author is verified again; what SES and the sending server's address vouched for is not kept. Its place in the order of mails
    is that of its arrival, so that it supersedes nothing that came later.
    """
    record = await held.sessions.mail(mail_id)
    if record is None:
        raise errors.Permanent("there is no record of this mail")
    if record.outcome in _DONE:
        raise errors.Permanent(f"it was carried out ({record.command_id or record.outcome.value})")
    if record.bucket is None and not await held.objects.exists(record.key):
        raise errors.Permanent("the raw mail is no longer kept")
    pointer = Pointer(
        key=record.key,
        bucket=record.bucket,
        recipient=record.recipient,
        ingress=record.ingress,
        received_at=record.received_at,
        # Counts only where a development gateway believes loopback; only somebody who was believed got an answer.
        trusted=record.ingress == "smtp" and record.reply_id is not None,
    )
    if await held.tables.delete(held.sessions.mails, {"mail_id": mail_id}) is None:
        raise errors.Permanent("somebody else has just taken it up")
    try:
        await held.queues.send(
            held.places.inbound, pointer.model_dump_json(), attributes={"order": repr(record.received_at)}
        )
    except errors.HermesError:
        await held.sessions.write_record(record)  # as it was
        raise

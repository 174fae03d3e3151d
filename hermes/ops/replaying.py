"""Replays a recorded mail under today's rules: the gateway's own steps over the current records, without writing."""

from __future__ import annotations

from hermes import errors
from hermes.app import env, records
from hermes.config.loading import Config
from hermes.domain.decisions import following
from hermes.domain.env import Env
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.gateway.intake import raw_mail
from hermes.gateway.intake.admission import Admission, Judgement
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.judging import Judging
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.replies import Tokens
from hermes.ingress.resolver import Resolver
from hermes.mail.authenticate import lookup
from hermes.mail.read import instruction

Row = dict[str, str]
_BELIEVED = "believed, as then"
_ASKED = "asked again now: no record shows who vouched for it then, and SES's verdict is not stored"


async def replay(settings: Config, mail_id: str, *, resolver: lookup.Resolver | None = None) -> tuple[Row, Row]:
    """The recorded decision, and today's. Raises `errors.Permanent` if the mail is not recorded."""
    async with records.connect(settings) as clients:
        held = await records.records(settings, clients)
        record = await held.sessions.mail(mail_id)
        if record is None:
            raise errors.Permanent(f"there is no record of mail {mail_id}; `hermes mail list` lists the recorded mails")
        command = await held.commands.get(record.command_id) if record.command_id else None
        key = settings.mail.token_key
        tokens = Tokens(key.encode(), settings.mail.token_style) if key else None
        silent = env.system(emit=lambda event: None)
        search = ThreadSearch(stores=held, tokens=tokens, people=settings.persons, env=silent)
        again = _Replay(settings, record, search, held, resolver or Resolver(), silent)
        today = await again.decide()
    recorded = {
        "outcome": record.outcome.value,
        "reason": record.reason,
        "from": record.author or "",
        "command": command.type.value if command else "",
        "text": command.instruction if command else "",
        "session": record.session_id or "",
        "why this session": " · ".join(record.trace),
    }
    return recorded, today


class _Replay:
    """The replay of one mail."""

    def __init__(
        self,
        settings: Config,
        record: MailRecord,
        search: ThreadSearch,
        held: records.Records,
        resolver: lookup.Resolver,
        env: Env,
    ) -> None:
        self._settings = settings
        self._record = record
        self._search = search
        self._held = held
        self._resolver = resolver
        self._env = env

    async def decide(self) -> Row:
        record = self._record
        # A signature may have expired since; and only who was believed has a command, or an answer.
        believed = record.outcome in (Outcome.COMMAND, Outcome.CONTROL) or record.reply_id is not None
        pointer = Pointer(
            key=record.key,
            bucket=record.bucket,
            recipient=record.recipient,
            # Belief is handed over as the trust of a way in that can have some.
            ingress="smtp" if believed else record.ingress,
            received_at=record.received_at,
            trusted=believed,
        )
        trusting = self._settings.smtp_ingress.model_copy(update={"trust_loopback": True})
        believing = self._settings.model_copy(update={"smtp_ingress": trusting}) if believed else self._settings
        judge = Judging(config=believing, resolver=self._resolver, env=self._env)
        admission = Admission(config=self._settings, judge=judge)
        mail = await raw_mail.fetch(self._held.objects, pointer)
        async with admission.judge(pointer, mail) as judged:
            return await self._row(pointer, judged, believed=believed)

    async def _row(self, pointer: Pointer, judged: Judgement, *, believed: bool) -> Row:
        record = self._record
        session, trace = "", ""
        project = judged.project
        if project is not None and judged.may_answer:
            # Its own id is left out: it was no alias yet when the mail came.
            keys = self._search.keys(project.name, judged.reading.thread_keys, None)
            _, found = await self._held.sessions.lookup(record.mail_id, list(keys))
            judged = await self._search.with_our_words(judged, keys, found)
            if judged.refusal is None:
                incoming = Incoming(
                    pointer=pointer,
                    order=record.received_at,
                    mail_id=record.mail_id,
                    content=record.content,
                    project=project,
                    reading=judged.reading,
                    origin=judged.origin(pointer),
                    author=judged.participant,
                    token="",
                )
                belongs, why = await self._search.session(incoming, keys, found)
                # A new session has the id that it had.
                session, trace = belongs.session_id if belongs else record.session_id or "", " · ".join(why)
        asked, outcome = judged.reading.instruction, _outcome(judged)
        return {
            "outcome": outcome.value,
            # What became of a command (run, queued, merged) hung on what else was open then.
            **({} if outcome in (Outcome.COMMAND, Outcome.CONTROL) else {"reason": judged.reason}),
            "from": judged.reading.author.address if judged.reading.author else "",
            "verdict": _BELIEVED if believed else _ASKED,
            "command": _asked(asked) if asked and judged.refusal is None and not judged.ignored else "",
            "text": asked.text if asked else "",
            "session": session,
            "why this session": trace,
        }


#: What a command follows where nothing of the thread is open; an answer to a question of ours is told by no mail alone.
_COMMANDS = frozenset(
    intent
    for intent, row in following.TABLE.items()
    if row[following.Situation.IDLE]
    in (following.Following.COMMAND, following.Following.ANSWER, following.Following.UNDO)
)


def _asked(asked: instruction.Instruction) -> str:
    return asked.type.value if asked.intent in _COMMANDS else asked.intent.value


def _outcome(judged: Judgement) -> Outcome:
    if judged.ignored:
        return Outcome.IGNORED
    if judged.refusal is not None:
        return Outcome.REFUSED
    asked = judged.reading.instruction
    return Outcome.COMMAND if asked is None or asked.intent in _COMMANDS else Outcome.CONTROL

"""The product's functions as the corpus of small mails asks for them: each takes a file and the case's arguments."""

from __future__ import annotations

import asyncio
import pathlib
import re
import time
from collections.abc import Callable
from typing import Any

from hermes import errors
from hermes.cli import mail as explain
from hermes.config import loading
from hermes.domain.pointer import Pointer
from hermes.gateway.intake.admission import Admission, Judgement
from hermes.gateway.intake.raw_mail import RawMail
from hermes.ingress import envelope
from hermes.mail.authenticate import trust, verdict
from hermes.mail.parse import address, content, parse
from hermes.mail.read import failures, reading
from hermes.mail.write import compose

_PROJECT = {
    "client": "acme",
    "project": "site",
    "repository": "https://git.example/site.git",
    "addresses": ["site@agent.example"],
    "owners": ["anna@client.example"],
    "agent": {"kind": "patch"},
}

Facts = dict[str, Any]


class _Dns:
    """A resolver that knows the records of one case."""

    def __init__(self, records: dict[str, Any]) -> None:
        self._records = {name.lower(): value for name, value in records.items()}

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        found = self._records.get(name.rstrip(".").lower())
        if found is None or kind != "TXT":
            return ()
        return tuple(found) if isinstance(found, list) else (found,)


def explained(path: pathlib.Path, authserv: str | None = None) -> Facts:
    """What `hermes mail explain --json` prints of a file."""
    return explain.account_of_file(str(path), authserv=authserv)


def call(path: pathlib.Path, given: Facts) -> Facts:
    """The answer of the function that a case names; a crash is an answer too."""
    try:
        return _CALLS[given["call"]](path, given)
    except Exception as error:
        return {"crash": f"{type(error).__name__}: {error}"}


def _verdict(path: pathlib.Path, given: Facts) -> Facts:
    facts = verdict.DeliveryFacts(ingress="smtp", **given["facts"])
    settings = verdict.Settings(own_check=True, arc_sealers=frozenset(given["sealers"]))
    judged = verdict.judge(facts, path.read_bytes(), given["domain"], settings=settings, resolver=_Dns(given["dns"]))
    try:
        found = asyncio.run(judged)
    except errors.DnsUnavailable as error:
        return {"verdict": None, "reason": str(error)}
    return {"verdict": found.passed, "reason": found.reason, "source": found.source.value}


def _owner(path: pathlib.Path, given: Facts) -> Facts:
    found = reading.read(path.read_bytes())
    author = found.author.address if found.author else None
    owner = author is not None and address.is_owner(author, given["owners"])
    return {"from": author, "refusal": found.refusal.value if found.refusal else None, "owner": owner}


def _bounce(path: pathlib.Path, given: Facts) -> Facts:
    found = reading.read(path.read_bytes())
    machine = found.machine
    return {
        "machine": machine.kind.value if machine else None,
        "failed": list(machine.failed_recipients) if machine else [],
        "original": list(machine.original_ids) if machine else [],
        "final": failures.is_final(found.mail) if found.mail else None,
        "command": explain.account_of(str(path), found)["command"],
    }


def _again(path: pathlib.Path, given: Facts) -> Facts:
    found = reading.read(path.read_bytes(), sent_texts=[given["sent"]])
    return {**explain.account_of(str(path), found), "machine": None}


def _content(path: pathlib.Path, given: Facts) -> Facts:
    one, other = path.read_bytes(), path.with_suffix(".second.eml").read_bytes()
    return {"same_content": content.digest(parse.parse(one), one) == content.digest(parse.parse(other), other)}


def _recipients(path: pathlib.Path, given: Facts) -> Facts:
    ours = {one.lower() for one in given["ours"]}

    def accepts(one: str) -> bool:
        local, _, domain = one.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" in ours

    found = envelope.recipients(envelope.of(path.read_bytes()), accepts=accepts, default=given["default"])
    return {"recipients": list(found)}


def _admit(path: pathlib.Path, given: Facts) -> Facts:
    found = asyncio.run(_judgement(path.read_bytes(), given["recipient"]))
    if found.ignored:
        return {"admitted": "ignored", "reason": found.reason}
    return {"admitted": found.refusal.value if found.refusal else True, "reason": found.reason}


async def _judgement(raw: bytes, recipient: str) -> Judgement:
    async def judge(pointer: Pointer, mail: RawMail, author: address.Address, *, ask: bool) -> verdict.Verdict:
        own = trust.Evidence(envelope=True)
        domain = author.address.rpartition("@")[2]
        return verdict.Verdict(passed=True, source=verdict.Source.SPF, reason="", domain=domain, evidence=own)

    mail = parse.parse(raw)
    received_at = mail.date.timestamp() if mail.date is not None else time.time()
    pointer = Pointer(
        key="k", recipient=recipient, sender="anna@client.example", ingress="imap", received_at=received_at
    )
    admission = Admission(config=loading.parse({"projects": [_PROJECT]}), judge=judge)
    async with admission.judge(pointer, RawMail.of(raw)) as found:
        return found


def _compose(path: pathlib.Path, given: Facts) -> Facts:
    if "subject" in given:
        return {"reply_subject": compose.reply_subject(given["subject"])}
    draft = compose.Draft(
        message_id="<r1@agent.example>",
        date=1709543700.0,
        sender_name="Hermes",
        sender_address="site@agent.example",
        recipient=given.get("recipient", "anna@client.example"),
        subject="The site",
        text="Done.",
        html="<p>Done.</p>",
        in_reply_to=given.get("in_reply_to"),
        references=tuple(given.get("references", ())),
        loop="x",
    )
    head = compose.compose(draft).partition(b"\r\n\r\n")[0].decode("ascii")
    fields = [(name, value) for name, _, value in (one.partition(":") for one in re.split(r"\r\n(?![ \t])", head))]
    return {
        "empty_first_line": [name for name, value in fields if not value.split("\r\n")[0].strip() and value.strip()],
        "references": next((value.split() for name, value in fields if name == "References"), []),
        "to": next((value.strip() for name, value in fields if name == "To"), None),
    }


_CALLS: dict[str, Callable[[pathlib.Path, Facts], Facts]] = {
    "verdict": _verdict,
    "owner": _owner,
    "bounce": _bounce,
    "again": _again,
    "content": _content,
    "recipients": _recipients,
    "admit": _admit,
    "compose": _compose,
}

"""Recognises what a mail program sends for a person who wrote nothing: reactions, invitations and the answers to them, recalls."""

from __future__ import annotations

import re
from typing import Final

from hermes.domain.request import Intent
from hermes.mail.parse import parse
from hermes.mail.read.intent import Said

_REACTION_TYPE: Final = "text/vnd.google.email-reaction+json"
_LINES: Final = 4
_CHARS: Final = 400
#: How "reacted" and "reaction" begin.
_REACTED: Final = re.compile(
    r"react|réag|reag|reazion|reaccion|reagier|gereageerd|reager|reagoi|zareagow|reakc|reakci|reagál|"
    r"reacționat|reagova|reagira|"
    r"отреаг|реаг|реакц|реагу|"
    r"αντέδρασε|tepki|リアクション|反応|回应|回應|反应|반응|تفاعل|واکنش|הגיב|รีแอ|प्रतिक्रिया|bày tỏ|bereaksi|"
    r"liked your message|loved your message",
    re.IGNORECASE,
)
_TAPBACK: Final = re.compile(
    r"(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted .{1,12} to|hat .{0,200}(?:mit|"
    r"als) .{1,30} markiert|a aimé|"
    r"a adoré|le gustó|"
    r"le encantó|ha messo mi piace a|gostou de|adorou|vindt .{0,200} leuk)\s?[\"“„«].{1,300}",
    re.IGNORECASE | re.DOTALL,
)
_METHOD: Final = re.compile(
    rb"^METHOD:(REQUEST|REPLY|CANCEL|COUNTER|DECLINECOUNTER|REFRESH|ADD)\s*$", re.MULTILINE | re.IGNORECASE
)
_CALENDAR_BYTES: Final = 20_000
_ANSWERED: Final = re.compile(
    r"has (?:tentatively )?(?:accepted|declined) (?:this|the|your) (?:invitation|meeting|event)|hat (?:diese einladung|"
    r"den termin) (?:mit vorbehalt )?(?:angenommen|abgelehnt)|"
    r"a (?:accepté|refusé|décliné) (?:cette|l'|votre) ?invitation|ha (?:aceptado|rechazado) (?:esta|"
    r"la) invitación|ha (?:accettato|"
    r"rifiutato) (?:questo|l') ?invito|"
    r"(?:aceitou|recusou) (?:este|o) convite|heeft deze uitnodiging (?:geaccepteerd|geweigerd)|(?:zaakceptował|"
    r"odrzucił)[a-ząć()]{0,4} to zaproszenie",
    re.IGNORECASE,
)
_RECALL_CLASS: Final = "ipm.outlook.recall"
_HEADER_BYTES: Final = 32_768
_RECALL_SUBJECT: Final = re.compile(
    r"(?:recall|message recall|rückruf|nachricht zurückrufen|zurückruf\w*|rappel|richiamo|recuperar|retirar|"
    r"recuperação|recordar|"
    r"rechamada|cofnięcie|odwołanie|odwołaj|intrekken|"
    r"terughalen|återkalla|återkallelse|tilbagekald\w*|tilbakekall\w*|peruuta|peruutus|odvolání|odvolanie|"
    r"visszahívás|rechemare|"
    r"отзыв|відкликання|ανάκληση|geri çağırma|"
    r"リコール|取り消し|撤回|召回|회수|استرداد|סילוק|ביטול)\s?[:：]\s?(.{1,300})",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“”„«»‟「『]")


def read(mail: parse.ParsedMail, text: str, *, author: str = "") -> Said | None:
    """What the mail program says for the person, if it does; `text` is the newest text."""
    if shows_reactions(mail):
        return Said(Intent.REACTION, "it carries a reaction")
    if _is_calendar(mail):
        return Said(Intent.CALENDAR, "it carries an invitation or the answer to one")
    if _is_recall(mail, text, author):
        return Said(Intent.RECALL, "it asks that a mail be taken back")
    lines = [line.strip() for line in text[:_CHARS].split("\n") if line.strip()]
    if not lines or len(lines) > _LINES or len(text) > _CHARS:
        return None
    if _reacted(lines):
        return Said(Intent.REACTION, "it says who reacted, and how")
    if len(lines) == 1 and _TAPBACK.fullmatch(lines[0]):
        return Said(Intent.REACTION, "it is a telephone's reaction")
    if _ANSWERED.search(lines[0]):
        return Said(Intent.CALENDAR, "it answers an invitation")
    return None


def shows_reactions(mail: parse.ParsedMail) -> bool:
    """Whether the mail carries a reaction in Gmail's form: then its author's mail program shows one too."""
    return any(one.content_type == _REACTION_TYPE for one in mail.attachments)


def _reacted(lines: list[str]) -> bool:
    """Whether an emoji stands alone in a line beside a sentence of a program: "Anna reacted to your message:"."""
    emoji = [line for line in lines if not any(one.isalnum() for one in line) and not line.isascii()]
    rest = [line for line in lines if line not in emoji]
    if len(emoji) != 1 or not 0 < len(rest) <= 2 or len(rest[0].split()) > 14:
        return (
            len(lines) == 1 and bool(_REACTED.search(lines[0])) and not lines[0].isascii() and _ends_in_emoji(lines[0])
        )
    return (
        bool(_REACTED.search(rest[0]))
        or "gmail" in rest[0].lower()
        or (rest[0].endswith((":", "：")) and lines[-1] in emoji)
    )


def _ends_in_emoji(line: str) -> bool:
    return not line[-1].isalnum() and not line[-1].isascii() and line[-1] not in "。！？”»"


def _is_calendar(mail: parse.ParsedMail) -> bool:
    """An invitation in the mail's own form; a calendar file that a person attaches has a name, and stands beside what they write."""
    parts = [one for one in mail.attachments if one.content_type in ("text/calendar", "application/ics")]
    if not any(_METHOD.search(one.content[:_CALENDAR_BYTES].replace(b"\r\n", b"\n")) for one in parts):
        return False
    unnamed = any(one.content_type == "text/calendar" and not one.name.lower().endswith(".ics") for one in parts)
    return unnamed or mail.content_type in ("multipart/alternative", "text/calendar")


def _is_recall(mail: parse.ParsedMail, text: str, author: str) -> bool:
    # Looked for in the bytes first: to decode every header of every mail for it would cost more than all the rest.
    named = _RECALL_CLASS.encode() in mail.raw[:_HEADER_BYTES].lower()
    if named and any(_RECALL_CLASS in value.lower() for _, value in mail.headers):
        return True
    found = _RECALL_SUBJECT.fullmatch(mail.subject.strip())
    body = " ".join(text.split())
    if found is None or len(body) > _CHARS or not _QUOTED.search(body):
        return False
    first = author.casefold().replace(",", " ").split()
    folded = body.casefold()
    named = any(part in folded[: len(author) + 12] for part in first)
    return named and found[1].casefold().strip()[:60] in folded

"""What a mail server's refusal of one of our mails means: whose it is to mend, and so whether the mail is tried again.

A 5yz answer alone tells little: servers say it about the recipient, about the mail, and just as well about our account, our address or the
hour. The enhanced status code (RFC 3463, the registry of RFC 5248) tells them apart; where a server gives none, or a provider uses one in a
private sense, its words do. Where nothing does, the answer is the operator's to look at, and the mail is tried again.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from hermes import limits
from hermes.domain import escape


class SmtpStep(enum.StrEnum):
    """What the server answers; the value is the words for it in an error."""

    CONNECT = "the connection"
    GREETING = "the greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    LOGIN = "the login"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    CONTENT = "the mail"
    """The content with its final dot: from here on the server may have the mail, whatever we hear."""
    RSET = "RSET"


class Blame(enum.StrEnum):
    """Whose fault a refusal is."""

    MAIL = "mail"
    """This recipient's or this content's: no later try helps."""
    MOMENT = "moment"
    """Nobody's: it passes."""
    OPERATOR = "operator"
    """Ours: the account, the sender's address, the host, the settings. Somebody has to do something, and then the mail goes out."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """An answer of a mail server, as it came."""

    code: int
    text: str
    """All its lines; bytes that are no UTF-8 as `surrogateescape` holds them."""

    @property
    def words(self) -> str:
        """The text on one line, fit for a log, a record and a mail."""
        return escape.line(" ".join(self.text.split()))[: limits.PHRASE_CHARS]

    @property
    def enhanced(self) -> tuple[int, int, int] | None:
        """The enhanced status code of the first line that has one."""
        found = _ENHANCED.search(self.text)
        return (int(found[1]), int(found[2]), int(found[3])) if found else None

    @property
    def known(self) -> bool:
        """Has it a code that SMTP has?"""
        return 200 <= self.code < 600

    def __str__(self) -> str:
        return f"{self.code} {self.words}".rstrip() if self.code > 0 else self.words


#: At the beginning of a line, also as "#5.1.0" and "[5.1.1]", and qmail's "(#5.1.1)" anywhere.
_ENHANCED: Final = re.compile(r"(?:^\s*[#(\[]*|\(#)([245])\.(\d{1,3})\.(\d{1,3})\b", re.MULTILINE)
#: (subject, detail) of 5.x.x that are about this recipient or this content; None is every detail of the subject.
_ABOUT_THE_MAIL: Final = frozenset({(1, None), (2, None), (3, 4), (6, None)})
#: Of these the ones about the sender: its address (5.1.7) or its domain (5.1.8) is not good; Exchange Online's daily limit (5.1.90) and
#: its SendAsDenied (5.2.252).
_ABOUT_US: Final = frozenset({(1, 7), (1, 8), (1, 90), (2, 252)})
#: Words by which servers speak of the sender, its account or the hour under such a code: "5.1.0 Sender address rejected",
#: "5.2.2 Submission quota exceeded", "5.1.1 Relay access denied", "5.2.1 receiving mail at a rate that prevents …".
_SENDER_WORDS: Final = re.compile(
    r"\b(?:sender|mail ?from|return[- ]path)(?:'s)?(?: e-?mail)?(?: address| domain| id)?(?: is| was|:)?(?: not| un| in)?[ -]?"
    r"(?:rejected|denied|refused|unknown|invalid|verif|allowed|permitted|authori[sz]ed|owned|exist|blocked|blacklisted|valid)"
    r"|\b(?:invalid|unknown|bad|unverified|unauthori[sz]ed|forged|spoofed) (?:sender|mail ?from|return[- ]path)"
    r"|\bsendas|\bsend as\b|\bnot owned by\b"
    r"|\brelay(?:ing)?(?: access)?(?: is| was)? (?:denied|not|prohibited|refused)|\bunable to relay"
    r"|\bauthenticat\w+ (?:is )?(?:required|needed)|\bmust (?:first )?(?:authenticate|log ?in)"
    r"|\bgr[ea]y ?list|\brate[- ]limit|\bat a rate that\b|\btoo (?:many|much) (?:e-?mails?|mails?|messages|connections|sessions)\b"
    r"|\b(?:submission|sending|sender|daily|hourly|outbound)[ -](?:\w+[ -]){0,2}(?:quota|limits?|rate)\b",
    re.IGNORECASE,
)
#: Words about the account, the host or the hour that come without a code.
_OUR_WORDS: Final = re.compile(
    r"\bauthenticat|\bauthori[sz]|\brelay|\bhelo\b|\behlo\b|\bblack ?list|\bblock ?list|\bspam|\btry again|\bclient host|\btoo many",
    re.IGNORECASE,
)
#: Words by which servers that give no enhanced code (or only 5.0.0) say that there is no such recipient, or that the mail is too large.
#: "Mailbox unavailable" is not among them: it is RFC 5321's own text of 550, and is said of blocked senders too.
_MAIL_WORDS: Final = re.compile(
    r"\b(?:user|recipient|mailbox|account|address|addressee)(?: is| was)?[ :]*(?:<[^>]*>)?[ :]*(?:unknown|not found|not exist|invalid)"
    r"|\b(?:unknown|invalid|no such|nonexistent|non-existent) (?:local )?(?:user|recipient|mailbox|account|address|addressee|person)"
    r"|\b(?:user|recipient|mailbox|account|address)\b[^.;]{0,80}\b(?:does not|doesn't|did not) exist"
    r"|\buser (?:does not|doesn't) have\b|\bno mailbox (?:here|by that name)|\bnobody here|\bnot a valid mailbox"
    r"|\b(?:mailbox|quota|user)\b[^.;]{0,40}\b(?:full|over ?quota|quota exceeded)|\bover (?:the )?quota",
    re.IGNORECASE,
)
#: The same of a mail that is too large, which a server may say before it knows the recipient.
_SIZE_WORDS: Final = re.compile(
    r"\bmessage (?:is )?(?:too (?:large|big|long)|size exceeds)|\bexceeds (?:the )?(?:maximum )?(?:message )?size",
    re.IGNORECASE,
)
#: Steps in which a server may speak of the recipient or the content.
_OF_THE_MAIL: Final = frozenset({SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA, SmtpStep.CONTENT})
#: "Message length exceeds administrative limit".
_TOO_LONG: Final = (2, 3)
#: RFC 7504: the recipient's domain takes no mail.
_TAKES_NO_MAIL: Final = 556
#: Wants authentication or TLS first, or does not like ours: said at any step, with and without an enhanced code.
_LOGIN_CODES: Final = frozenset({530, 534, 535, 538})


def blame(answer: ServerAnswer, step: SmtpStep) -> Blame:
    """Whose fault this refusal is."""
    if answer.code // 100 != 5:
        return Blame.MOMENT
    code = answer.enhanced
    if code is not None and code[0] == 4:
        return Blame.MOMENT  # the two contradict each other: the milder one is believed
    if step in _OF_THE_MAIL and answer.code not in _LOGIN_CODES and _about_the_mail(answer, code, step):
        return Blame.MAIL
    return Blame.OPERATOR


def _about_the_mail(answer: ServerAnswer, code: tuple[int, int, int] | None, step: SmtpStep) -> bool:
    words = answer.words
    if _SENDER_WORDS.search(words):
        return False
    if code is None or code[1:] == (0, 0):
        if _OUR_WORDS.search(words):
            return False
        if step is SmtpStep.MAIL:
            return _SIZE_WORDS.search(words) is not None
        no_mail = step is SmtpStep.RCPT and answer.code == _TAKES_NO_MAIL
        return no_mail or _MAIL_WORDS.search(words) is not None or _SIZE_WORDS.search(words) is not None
    subject, detail = code[1:]
    if (subject, detail) in _ABOUT_US:
        return False
    if step is SmtpStep.MAIL and subject in (1, 2):
        # The server knows no recipient yet: an address or a mailbox of which it speaks is the sender's.
        return (subject, detail) == _TOO_LONG
    return (subject, None) in _ABOUT_THE_MAIL or (subject, detail) in _ABOUT_THE_MAIL

"""Every error that Hermes raises on purpose: one tree.

HermesError
├── ConfigError            a setting is missing, unknown or impossible: say so and exit
├── Refused                the mail is not carried out: a template answers it, or nobody does
├── Transient              trying again later may help; nothing was lost
│   ├── AwsUnavailable     the service, the network, the time limit, or what somebody has to mend: a right, a quota, a clock
│   │   ├── AwsThrottled   told to slow down
│   │   └── AwsTimeout     no answer in time: it may or may not have been done
│   ├── TransactionBusy    another transaction held the same item
│   ├── UnknownRecord      a record that a newer version may have written: its own replicas can read it
│   │   └── DamagedRecord  a record that no version has written like this: parked for the operator
│   ├── NotReady           a container is being started
│   ├── NoRoom             more mail is coming in than there is memory or disk for
│   ├── DnsUnavailable     DNS gave no answer to rely on
│   │   └── NameServersDown   no name server answers at all, so no domain is to blame
│   ├── MailboxUnavailable the IMAP server or the network
│   │   └── MailboxRefused the IMAP server refused the login
│   ├── NoAnswer           a service outside AWS (a webhook, a token server) gave no answer, or refused for now
│   │   └── TokenRefused   the token server gives no token: a revoked consent, a wrong secret
│   ├── MailWithheld       the IMAP server answers, and does not give a mail
│   └── MailDeferred       the mail server said 4xx, or nothing
│       ├── MailUnanswered     it has the whole mail, and did not say what became of it
│       └── SenderRefused      it refuses us, not this mail: the operator can mend that
├── Permanent              trying again will not help: park it where the operator sees it
│   ├── AwsRefused         AWS says no for good: a bad request, a name that is taken, no such object
│   ├── Unreadable         a message that no rule can read
│   ├── LaunchFailed       the launcher refused for certain
│   ├── MailRejected       the mail server will never take this mail for this recipient
│   ├── BadQuery           what an operator asks for makes no sense: a filter, a date, a cursor
│   ├── NotFound           nothing that the operator may see has this id
│   ├── NotAllowed         a reader asks for what only an operator may do
│   ├── NotPossible        what an operator asks for cannot be done to this thing now
│   └── StepFailed         a step of a command failed, with words for the person
│       ├── RepositoryUnavailable
│       │   └── RepositorySilent   it did not answer; it may later
│       ├── PushRejected
│       └── AgentFailed
├── ConditionFailed        the condition of a write did not hold; has the item that was there
├── Fenced                 another task owns this worker's key: stop, save, exit
└── of hermes.execution, defined in hermes/execution/exceptions.py (ExecutionInterrupted beside them is no error)
    ├── PreconditionFailed     a step may not run
    ├── CheckerFailed          an interrupt checker raised or answered nonsense
    ├── SnapshotError          a snapshot cannot be written or read
    └── UnknownExecution       no execution has this id

A docstring's first line is the error's default message.
"""

from __future__ import annotations

import enum
import errno
import os
from collections.abc import Mapping
from typing import Any


class HermesError(Exception):
    """Something went wrong in Hermes.

    Its sentence often quotes a server, a library or a program. What UTF-8 cannot carry is escaped here, so that no record,
    log or mail that contains the sentence fails on it.
    """

    def __init__(self, message: str | None = None) -> None:
        said = message or (self.__doc__ or "").strip().split("\n", 1)[0]
        super().__init__(said.encode("utf-8", "backslashreplace").decode())

    @property
    def message(self) -> str:
        """The sentence, for a person."""
        return str(self.args[0])


class Fault(enum.StrEnum):
    """What a failed command failed of: whom it is told to, and in which words."""

    REPOSITORY = "repository"
    """The project's repository cannot be reached."""
    BRANCH = "branch"
    """The branch to begin from does not exist."""
    PUSH = "push"
    """The repository does not take the commit."""
    AGENT = "agent"
    """The agent cannot be started."""
    KEY = "key"
    """The agent's service refuses the key or the account."""
    DISK = "disk"
    """The worker's disk is full, or refuses."""
    SERVICE = "service"
    """AWS, or another service that Hermes needs, refuses or does not answer."""
    MEMORY = "memory"
    """The work needed more memory than the worker has."""
    WORKSPACE = "workspace"
    """The worker cannot be started, or was lost."""
    SETUP = "setup"
    """The project's settings do not allow it."""
    INTERNAL = "internal"
    """Something that nobody foresaw."""
    BUILD = "build"
    """The change is made, and the project does not build with it."""
    TRIED = "tried"
    """The agent ran, and ended with an error."""
    NO_BUILD = "no_build"
    """The project has nothing to build."""
    NOTHING_TO_UNDO = "nothing_to_undo"
    """No change is left that could be taken back."""
    CONFLICT = "conflict"
    """The change and the live branch do not fit together."""
    WORDS = "words"
    """The request itself; the message is for the person who wrote it."""

    @property
    def ours(self) -> bool:
        """Whether only the operator can mend it."""
        return self not in _FOR_THE_PERSON


_FOR_THE_PERSON = frozenset(
    {Fault.BUILD, Fault.TRIED, Fault.NO_BUILD, Fault.NOTHING_TO_UNDO, Fault.CONFLICT, Fault.WORDS}
)


class ConfigError(HermesError):
    """The configuration cannot be used."""


class Refusal(enum.StrEnum):
    """Why a mail is not carried out; each has a row in the table of templates."""

    NO_PROJECT = "no_project"
    """No project has the envelope recipient as its address."""
    NOT_AUTHENTICATED = "not_authenticated"
    """No trusted source confirms that the mail is from its author."""
    FROM_UNUSABLE = "from_unusable"
    """The mail has no From header, several of them, or one with several mailboxes."""
    NOT_AN_OWNER = "not_an_owner"
    """The author is authenticated and does not own this project."""
    NOT_ADDRESSED = "not_addressed"
    """Our address is in neither To nor Cc: a blind copy, or a mail to others that somebody forwarded to us."""
    HEADER_TWICE = "header_twice"
    """A header that Hermes reads appears twice: one of the two may not be the author's."""
    NOT_SIGNED = "not_signed"
    """The signature leaves out a header that decides how the mail is read."""
    NOT_RECENT = "not_recent"
    """The date is too old or in the future: somebody may have kept the mail and sent it again."""
    NO_TEXT = "no_text"
    """The mail has no new text to act on."""
    TOO_LARGE = "too_large"
    """The raw mail is larger than the limit."""
    HEADERS_TOO_LARGE = "headers_too_large"
    """The header block is larger than the limit."""
    TOO_MANY_PARTS = "too_many_parts"
    """The mail has more MIME parts than the limit."""
    TOO_DEEP = "too_deep"
    """The MIME parts are nested deeper than the limit."""
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    """The headers have more addresses than the limit."""
    TOO_MANY_ATTACHMENTS = "too_many_attachments"
    """The mail has more attachments than the limit."""
    ATTACHMENT_NOT_ALLOWED = "attachment_not_allowed"
    """The project does not accept an attachment of this kind."""
    UNREADABLE = "unreadable"
    """The mail could not be read at all."""
    BUSY = "busy"
    """Policy `reject`: a command of this session is still open."""
    UNSURE = "unsure"
    """Hermes could not tell the new text from the quoted text with confidence."""


class Refused(HermesError):
    """The mail is not carried out."""

    def __init__(self, refusal: Refusal, message: str | None = None) -> None:
        super().__init__(message or f"refused: {refusal.value}")
        self.refusal = refusal


class Transient(HermesError):
    """It did not work now; it may work later."""


class AwsUnavailable(Transient):
    """AWS did not answer as expected."""

    def __init__(self, message: str | None = None, *, code: str = "", need: str = "", todo: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.need = need
        """What is missing, in one word, where somebody has to mend it: see `hermes.aws.refusals.Need`."""
        self.todo = todo
        """What the operator can do about it, in a sentence."""


class AwsThrottled(AwsUnavailable):
    """AWS asked to slow down."""


class AwsTimeout(AwsUnavailable):
    """AWS did not answer in time."""


class TransactionBusy(Transient):
    """Another transaction held the same item."""


class UnknownRecord(Transient):
    """A record cannot be read by this version."""


class DamagedRecord(UnknownRecord):
    """A record lacks what every version writes, or holds it in another form."""


class NotReady(Transient):
    """The container is not ready yet."""


class NoRoom(Transient):
    """More mail is coming in than there is memory or disk for."""


class DnsUnavailable(Transient):
    """DNS gave no answer that can be relied on."""


class NameServersDown(DnsUnavailable):
    """No configured name server answers."""


class MailboxUnavailable(Transient):
    """The IMAP server did not answer as expected."""


class MailboxRefused(MailboxUnavailable):
    """The IMAP server refused the login."""


class NoAnswer(Transient):
    """The service gave no answer."""


class TokenRefused(NoAnswer):
    """The token server gives no token."""


class MailWithheld(Transient):
    """The IMAP server did not give the mail."""


class MailDeferred(Transient):
    """The mail server did not take the mail now."""


class MailUnanswered(MailDeferred):
    """The mail server has the mail, and did not say what became of it."""


class SenderRefused(MailDeferred):
    """The mail server refuses our account, address or host."""


class Permanent(HermesError):
    """It did not work, and trying again will not help."""


class AwsRefused(Permanent):
    """AWS refused the request."""

    def __init__(self, message: str | None = None, *, code: str = "", missing: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.missing = missing
        """Whether what was asked for does not exist."""


class Unreadable(Permanent):
    """The message cannot be read."""


class LaunchFailed(Permanent):
    """The container could not be launched."""

    def __init__(self, message: str | None = None, *, for_good: bool = False, fault: Fault = Fault.WORKSPACE) -> None:
        super().__init__(message)
        self.for_good = for_good
        """Whether the same launch is refused for certain: another try has no other end."""
        self.fault = fault


class MailRejected(Permanent):
    """The mail server refused the mail."""


class BadQuery(Permanent):
    """What is asked for makes no sense."""


class NotFound(Permanent):
    """Nothing that you may see has this id."""


class NotAllowed(Permanent):
    """You may look and not act."""


class NotPossible(Permanent):
    """That cannot be done to it now."""


class StepFailed(Permanent):
    """A step of the command failed."""

    fault = Fault.INTERNAL

    def __init__(self, message: str | None = None, *, hint: str = "", fault: Fault | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.fault = fault or type(self).fault


class RepositoryUnavailable(StepFailed):
    """The repository could not be reached."""

    fault = Fault.REPOSITORY


class RepositorySilent(RepositoryUnavailable):
    """The repository did not answer."""


class PushRejected(StepFailed):
    """The repository did not accept the commit."""

    fault = Fault.PUSH


class AgentFailed(StepFailed):
    """The agent ended with an error."""

    fault = Fault.AGENT


class ConditionFailed(HermesError):
    """The condition of a write did not hold."""

    def __init__(self, message: str | None = None, *, items: Mapping[int, Mapping[str, Any] | None] | None = None):
        super().__init__(message)
        #: Index of the failed write in its transaction (0 for a single write) → the item that was there, if any.
        self.items: Mapping[int, Mapping[str, Any] | None] = items or {}


class Fenced(HermesError):
    """Another task owns this container key."""


def reason(error: Exception) -> str:
    """What went wrong, in the system's words where it is the system's error: "Connection refused", without numbers and addresses."""
    # An error of TLS (`ssl.SSLError`) is an OSError to Python, but its numbers are those of TLS.
    if isinstance(error, OSError) and error.strerror and type(error).__module__ != "ssl":
        # asyncio replaces the system's words with its own; errors of name servers have negative numbers.
        number = error.errno
        return os.strerror(number) if number is not None and number in errno.errorcode else error.strerror
    return str(error) or type(error).__name__

"""What a mail may ask for: its intent, the type of a command, and the policy towards a command that is open."""

from __future__ import annotations

import enum


class Intent(enum.StrEnum):
    """What a mail asks for."""

    REQUEST = "request"
    """Work for the agent."""
    QUESTION = "question"
    """An answer is wanted, and no change."""
    COURTESY = "courtesy"
    """Thanks, praise, a word that needs no answer."""
    REACTION = "reaction"
    """An emoji that a mail program sent for the person."""
    CALENDAR = "calendar"
    """An invitation, or the answer to one."""
    RECALL = "recall"
    """The mail program asks that an earlier mail be taken back."""
    STOP = "stop"
    STATUS = "status"
    UNDO = "undo"
    APPROVE = "approve"
    DECLINE = "decline"
    PUBLISH = "publish"
    HELP = "help"
    BUILD = "build"
    COMMIT = "commit"
    PUSH = "push"
    PREVIEW = "preview"
    POLICY = "policy"
    """How mails of this thread are treated from now on."""
    UNCLEAR = "unclear"
    """It says nothing that could be carried out: a greeting alone, a question mark."""


class CommandType(enum.StrEnum):
    """What a command asks for."""

    EDIT = "edit"
    """The agent carries out the instruction; commit and push follow."""
    ASK = "ask"
    """The agent answers; it may read everything and changes nothing."""
    BUILD = "build"
    """The project's build command."""
    COMMIT = "commit"
    """Commit what is in the workspace."""
    PUSH = "push"
    """Push the session's branch."""
    PREVIEW = "preview"
    """Build, publish and reply with the link."""
    UNDO = "undo"
    """Revert the last command's commits with a new commit."""
    PUBLISH = "publish"
    """Bring an approved commit to the live branch, or take one back from it."""


class LiveMode(enum.StrEnum):
    """How changes reach the live branch."""

    OFF = "off"
    """They do not: people merge the branches of threads themselves."""
    MERGE = "merge"
    """Hermes merges what is approved, and pushes."""


class Policy(enum.StrEnum):
    """What happens to a mail that arrives while a command of its session is open."""

    INTERRUPT = "interrupt"
    """The new command takes the place of the older one."""
    QUEUE = "queue"
    """The new command waits its turn."""
    MERGE = "merge"
    """The text joins the prompt of a command that has not started; else as `queue`."""
    REJECT = "reject"
    """The new mail is refused while the older command is open."""

    @property
    def waits(self) -> bool:
        """Whether the new command waits for the older one to end."""
        match self:
            case Policy.QUEUE | Policy.MERGE:
                return True
            case Policy.INTERRUPT | Policy.REJECT:
                return False

    @property
    def supersedes(self) -> bool:
        """Whether the new command takes the place of the older one."""
        match self:
            case Policy.INTERRUPT:
                return True
            case Policy.QUEUE | Policy.MERGE | Policy.REJECT:
                return False

    @property
    def collects(self) -> bool:
        """Whether a mail that comes right after joins the command that has not started."""
        match self:
            case Policy.INTERRUPT | Policy.MERGE:
                return True
            case Policy.QUEUE | Policy.REJECT:
                return False

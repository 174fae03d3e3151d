"""The remote repository: its branches, pushes to it, and the meaning of its refusals."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from hermes import errors, limits
from hermes.domain import escape, wire
from hermes.domain.env import Env
from hermes.repository.git import Ran, redact
from hermes.repository.store import Store

#: Time for ls-remote.
GIT_ASK_SECONDS: Final = 60.0

_HEADS = "refs/heads/"
#: Linux: 255 bytes for a name, 4,096 for a path, which begins with the worker's folder.
_REF_PART_BYTES, _REF_BYTES = 250, 2000
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_USUAL_DEFAULTS = ("main", "master", "trunk")


@dataclass(frozen=True, slots=True)
class Heads:
    """The branches of the remote at one moment."""

    default: str | None
    """The branch that HEAD names; None for an empty repository."""
    branches: dict[str, str]
    """Branch, as git has its name, → sha."""
    guessed: bool = False
    """HEAD names no branch that is there, so `default` is one that usually is."""


class PushAnswer(enum.Enum):
    """The remote's answer to a push."""

    TAKEN = enum.auto()
    MOVED = enum.auto()
    """The branch has commits that ours does not build on."""
    REJECTED = enum.auto()
    """A rule of the remote forbids it."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answer, with the remote's words where it refused."""

    answer: PushAnswer
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Trouble:
    signs: tuple[str, ...]
    sentence: str
    hint: str


_TROUBLES = (
    _Trouble(
        ("could not resolve host", "name or service not known", "could not resolve hostname"),
        "The server of the repository {name} could not be found.",
        "Check the repository's address in the project's settings.",
    ),
    _Trouble(
        ("authentication failed", "permission denied", "could not read username", "could not read password", "invalid credentials",
         "returned error: 401", "returned error: 403", "host key verification failed", "access denied"),
        "Hermes has no access to the repository {name}.",
        "Give Hermes access to it (a deploy key or token), or check the project's credential settings.",
    ),
    _Trouble(
        ("does not appear to be a git repository", "repository not found", "not found", "does not exist", "no such file or directory",
         "not a git repository"),
        "There is no repository at {name}.",
        "Check the repository's address in the project's settings.",
    ),
    _Trouble(
        ("did not end within", "timed out", "operation too slow", "connection refused", "could not connect", "connection reset",
         "unable to access", "hung up", "early eof", "network is unreachable"),
        "The server of the repository {name} did not answer.",
        "Send your request again in a while; if it goes on, check that the repository's server is up.",
    ),
)  # fmt: skip

_PASSING = (_TROUBLES[0], _TROUBLES[-1])
"""A name server may be away for a while, as a git server may."""
_SHALLOW = "shallow"

_SERVER_RACE = re.compile(
    r"cannot lock ref|failed to update ref|incorrect old value|fetch first|non-fast-forward|stale info"
)


class Remote:
    """Asks, fetches and pushes.

    Raises `errors.RepositoryUnavailable` in words for a person; `errors.RepositorySilent` where a later try may help.
    """

    def __init__(
        self,
        *,
        store: Store,
        url: str,
        default_branch: str | None = None,
        tries: int = limits.GIT_TRIES,
        env: Env,
    ) -> None:
        self._store = store
        self._url = url
        self.default_branch = default_branch
        """Where a session's branch begins, if the project says so."""
        self._sleep = env.sleep
        self._tries = tries
        self._unstorable: tuple[str, ...] = ()
        """Branches of the remote whose names no file can have: they would fail every fetch."""

    @property
    def name(self) -> str:
        """The repository's address without secrets."""
        if "://" not in self._url:
            return self._url.rpartition("@")[2] if ":" in self._url.partition("/")[0] else self._url.rsplit("/", 1)[-1]
        parts = urlsplit(redact(self._url))
        return (
            self._url.rstrip("/").rsplit("/", 1)[-1]
            if parts.scheme == "file"
            else f"{parts.hostname or ''}{parts.path}"
        )

    async def heads(self) -> Heads:
        """The branches of the remote."""
        ran = await self._try("ls-remote", "--symref", self._url, "HEAD", f"{_HEADS}*", seconds=GIT_ASK_SECONDS)
        default, branches = None, {}
        for line in ran.lines:
            value, _, ref = line.partition("\t")
            if ref == "HEAD" and value.startswith("ref: "):
                default = value.removeprefix(f"ref: {_HEADS}")
            elif ref.startswith(_HEADS) and _SHA.match(value):
                branches[ref.removeprefix(_HEADS)] = value
        self._unstorable = tuple(name for name in branches if _is_unstorable(name))
        guessed = default not in branches and bool(branches)
        if default not in branches:
            default = next((name for name in (*_USUAL_DEFAULTS, *sorted(branches)) if name in branches), None)
        return Heads(default, branches, guessed)

    def start(self, branches: Mapping[str, str], heads: Heads, live: wire.LiveBranch | None) -> str | None:
        """The commit where a new session's branch begins; None in an empty repository."""
        named = live.branch if live is not None and live.branch else self.default_branch
        if named is not None and branches and named not in branches:
            raise errors.RepositoryUnavailable(
                f"The repository {self.name} has no branch {named}.",
                hint="Check the default branch in the project's settings.",
                fault=errors.Fault.BRANCH,
            )
        name = named or heads.default
        return branches.get(name) if name else None

    def remarks(self, heads: Heads, *, began: bool) -> list[str]:
        """Words for a person about a start that the repository does not name; `began`: a session starts there now."""
        if not (heads.guessed and began) or self.default_branch is not None:
            return []
        return [
            f"The repository's HEAD names no branch that is there, so this began from {heads.default}. "
            "Name a branch as the project's default_branch, or mend HEAD in the repository."
        ]

    async def fetch(self) -> None:
        """Bring every branch of the remote that a file can be named after into `refs/remotes/origin/`."""
        ran = await self._try(
            "fetch", "--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            self._url, "+refs/heads/*:refs/remotes/origin/*",
            *(f"^{_HEADS}{name}" for name in self._unstorable), seconds=limits.GIT_TRANSFER_SECONDS,
        )  # fmt: skip
        if _SHALLOW in ran.err:  # git leaves such branches out, and has succeeded
            raise errors.RepositoryUnavailable(
                f"The repository {self.name} is shallow: it lacks a part of its own history, so nothing can be built on it.",
                hint="Fetch the rest of its history there (git fetch --unshallow), or name the repository that it was made from.",
            )

    async def push(self, sha: str, branch: str, *, expected: str | None = None) -> Pushed:
        """Push without force and without hooks, then verify the push with ls-remote.

        `expected`: an ancestor of `sha` that the branch has to be at; a branch that has moved, or is gone, is left alone.
        """
        # git has no other name for "only from this value"; as `sha` descends from it, nothing can be lost by it.
        lease = [f"--force-with-lease={_HEADS}{branch}:{expected}"] if expected is not None else []
        for turn in range(self._tries):
            ran = await self._pushed(
                "push", "--porcelain", "--no-verify", "--no-follow-tags", *lease, self._url, f"{sha}:{_HEADS}{branch}",
                seconds=limits.GIT_TRANSFER_SECONDS,
            )  # fmt: skip
            refusal = next((line for line in ran.lines if line.startswith("!")), None)
            if refusal is not None:
                return _refused(refusal, ran.err)
            # Neither refused nor confirmed: the answer may have been lost after the push, so ask the remote.
            if (await self.heads()).branches.get(branch) == sha:
                return Pushed(PushAnswer.TAKEN)
            if ran.code == 0:
                return Pushed(PushAnswer.MOVED)
            if turn + 1 == self._tries:
                raise self._unavailable(ran.err)
            await self._sleep(2.0**turn)
        raise self._unavailable("")

    async def delete(self, branch: str, *, expected: str) -> bool:
        """Delete a branch that is still at this commit; False if it is not, or the remote does not allow it."""
        lease = f"--force-with-lease={_HEADS}{branch}:{expected}"
        ran = await self._pushed(
            "push", "--porcelain", "--no-verify", lease, self._url, f":{_HEADS}{branch}", seconds=GIT_ASK_SECONDS
        )
        return ran.code == 0

    async def _try(self, *args: str, seconds: float) -> Ran:
        for turn in range(self._tries):
            try:
                ran = await self._store.run(*args, seconds=seconds, check=False, network=True)
            except errors.StepFailed as error:
                raise self._unavailable(error.message) from error
            if ran.code == 0:
                return ran
            refused = self._unavailable(ran.err)
            if turn + 1 == self._tries or not isinstance(refused, errors.RepositorySilent):
                raise refused
            await self._sleep(2.0**turn)
        raise self._unavailable("")

    async def _pushed(self, *args: str, seconds: float) -> Ran:
        try:
            return await self._store.run(*args, seconds=seconds, check=False, network=True)
        except errors.StepFailed as error:
            raise self._unavailable(error.message) from error

    def _unavailable(self, words: str) -> errors.RepositoryUnavailable:
        lower = words.lower()
        for trouble in _TROUBLES:
            if any(sign in lower for sign in trouble.signs):
                kind = errors.RepositorySilent if trouble in _PASSING else errors.RepositoryUnavailable
                return kind(trouble.sentence.format(name=self.name), hint=trouble.hint)
        last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "git gave no reason")
        return errors.RepositoryUnavailable(f"The repository {self.name} could not be reached: {redact(last)}")


def _is_unstorable(branch: str) -> bool:
    """A server may keep its refs in a database; here each is a file, with `.lock` behind its name for a moment."""
    raw = escape.encoded(branch)
    return len(raw) > _REF_BYTES or any(len(part) > _REF_PART_BYTES for part in raw.split(b"/"))


def _refused(line: str, stderr: str) -> Pushed:
    summary = escape.text(line.split("\t")[-1])
    if "[remote rejected]" not in summary or _SERVER_RACE.search(summary):
        return Pushed(PushAnswer.MOVED, summary)
    reason = summary.partition("(")[2].rstrip(")") or summary
    said = [text.removeprefix("remote:").strip() for text in stderr.splitlines() if text.startswith("remote:")]
    said = [text for text in said if not text.startswith("error: hook declined")]  # as the reason says already
    return Pushed(PushAnswer.REJECTED, " ".join([reason, *(f"“{words}”" for words in said[:3] if words)])[:400])

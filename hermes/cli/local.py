"""The commands of the embedded default: demo and dev."""

from __future__ import annotations

import asyncio
import enum
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from hermes import errors, logs
from hermes.app import local as stack
from hermes.cli import plain, screen
from hermes.cli.options import stop_on_signals
from hermes.config import loading, writing
from hermes.local import demo as demonstration
from hermes.local import page_port as page_port_of
from hermes.local import running, settings
from hermes.local.timeline import DemoTimeline, Moment
from hermes.process import privacy

_STYLES = {
    "person": "bold cyan",
    "mail": "cyan",
    "container": "magenta",
    "command.interrupting": "bold yellow",
    "command.interrupted": "bold yellow",
    "command.succeeded": "bold green",
    "command.failed": "bold red",
    "command.progress": "dim",
    "command": "blue",
    "reply": "green",
    "security": "bold red",
    "step": "dim",
}
_WORDS = {
    "person.wrote": "Anna writes",
    "mail.received": "mail in",
    "mail.command": "session",
    "container.launching": "container",
    "command.sent": "command sent",
    "command.started": "started",
    "command.progress": "progress",
    "command.interrupting": "interrupt",
    "command.interrupted": "saved work",
    "command.succeeded": "result",
    "command.failed": "failed",
    "reply.sent": "mail out",
    "person.received": "Anna reads",
}


#: Where the page of `hermes dev` is, if nobody else is there.
PAGE_PORT: Final = 8025


class DemoAgent(enum.StrEnum):
    """The agents that the demo can use."""

    DEMO = "demo"
    CLAUDE = "claude"
    AIDER = "aider"
    CODEX = "codex"


_PROGRAMS: Final = {DemoAgent.CLAUDE: "Claude Code", DemoAgent.AIDER: "aider", DemoAgent.CODEX: "Codex"}


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
    agent: Annotated[DemoAgent, typer.Option(help="The agent that edits.")] = DemoAgent.DEMO,
) -> None:
    """Run a complete conversation: two mails, an interrupt, two replies, and the commits."""
    _installed(agent)
    console = screen.console(stderr=as_json)
    logs.set_up(level="ERROR", form="text")
    timeline = DemoTimeline(
        now=time.time, shown=(lambda _: None) if as_json else (lambda moment: _show(console, moment))
    )
    try:
        outcome = asyncio.run(_demo(timeline, agent.value, privacy.take()))
    except errors.HermesError as error:
        if as_json:
            plain.document({"ok": False, "error": error.message, **_timeline(timeline)}, indent=1)
        plain.say(f"hermes demo: {error.message}", err=True)
        raise SystemExit(1) from None
    if as_json:
        document = {
            "ok": True,
            **_timeline(timeline),
            "replies": list(outcome.replies),
            "commits": list(outcome.commits),
            "branch": outcome.branch,
            "seconds": round(timeline.seconds, 2),
        }
        plain.document(document, indent=1)
        return
    for reply in outcome.replies:
        console.print()
        console.print(
            Panel(Text(reply["text"].strip()), title=Text(reply["subject"]), subtitle=Text(f"to {reply['to']}"))
        )
    console.print(f"\n[bold]git log {escape(outcome.branch)}[/]")
    for commit in outcome.commits:
        console.print(f"[yellow]{commit['sha'][:10]}[/] {escape(commit['subject'])} [dim]{escape(commit['author'])}[/]")
    console.print(f"\nThe whole way took {timeline.seconds:.1f} s; everything is stopped.")
    console.print(
        "To play with it: [bold]hermes dev[/] prints the address of a page with a mailbox, and what happens beside it."
    )
    console.print("With your own project: [bold]hermes dev --repository PATH_OR_URL --agent claude[/]")


def _installed(agent: DemoAgent) -> None:
    if agent is not DemoAgent.DEMO and shutil.which(agent.value) is None:
        raise errors.ConfigError(
            f"{_PROGRAMS[agent]} is not installed: there is no program `{agent.value}`; leave --agent out to go without"
        )


async def _demo(timeline: DemoTimeline, agent: str, environ: Mapping[str, str]) -> demonstration.DemoResult:
    work = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (2, 15):
        loop.add_signal_handler(number, lambda: work.cancel() if work else None)
    with tempfile.TemporaryDirectory(prefix="hermes-demo-") as folder:
        async with stack.local(
            Path(folder), choice=stack.LocalChoice(agent=agent), timeline=timeline, environ=environ
        ) as stage:
            outcome = await demonstration.play(stage)
            timeline.say("step.stopping", "stopping everything that was started")
    return outcome


def dev(
    state: Annotated[Path, typer.Option(help="Folder that keeps everything between runs.")] = Path(".hermes"),
    agent: Annotated[
        str,
        typer.Option(help="The agent that edits: demo, claude, aider, codex, or a command line.", show_default=True),
    ] = "demo",
    port: Annotated[int, typer.Option(help="SMTP port; 0 takes a free one.", min=0, max=65535)] = 2525,
    page_port: Annotated[
        int | None, typer.Option(help="Port of the page; default: 8025, or a free one.", min=0, max=65535)
    ] = None,
    repository: Annotated[
        str | None, typer.Option(help="Your own project: a path or a git URL. Branches are pushed there.")
    ] = None,
    build: Annotated[str | None, typer.Option(help="The command that builds your project.")] = None,
    output: Annotated[
        str | None, typer.Option(help="The folder that the build fills; it is shown as a preview.")
    ] = None,
    config_file: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="A configuration; its mailboxes are left alone.", show_default=False),
    ] = None,
) -> None:
    """Run Hermes on this machine for development until Ctrl-C; it keeps its state."""
    given, said = _given(state, repository=repository, agent=agent, build=build, output=output, config_file=config_file)
    if given is None and agent in set(DemoAgent):
        _installed(DemoAgent(agent))
    console = screen.console()
    logs.set_up(level="WARNING", form="text")
    timeline = DemoTimeline(now=time.time, shown=lambda moment: _show(console, moment))
    choice = stack.LocalChoice(given=given, agent=agent, port=port, page_port=_page_port(page_port, port))
    asyncio.run(_dev(console, timeline, state, choice, said, privacy.take()))


def _given(
    state: Path, *, repository: str | None, agent: str, build: str | None, output: str | None, config_file: Path | None
) -> tuple[dict[str, Any] | None, str]:
    """The configuration that is wanted, and where it is. Raises `errors.ConfigError`."""
    written = state / "hermes.toml"
    if repository is None and (build is not None or output is not None):
        raise errors.ConfigError("--build and --output are about your own project: give --repository too")
    if config_file is not None:
        if repository is not None:
            raise errors.ConfigError("--config has its projects already: leave --repository out")
        return settings.read(config_file), str(config_file)
    if repository is not None:
        where = repository if "://" in repository or not Path(repository).exists() else str(Path(repository).absolute())
        if "://" not in where and ":" not in where and not Path(where).exists():
            raise errors.ConfigError(f"--repository: there is no {repository}; give a path or a git URL")
        if agent in set(DemoAgent):
            _installed(DemoAgent(agent))
        made = settings.project(repository=where, agent_name=agent, build=build, output=output)
        loading.parse(made, source="these options")
        writing.write(written, made, by="hermes dev")
        return made, str(written)
    if written.exists() and agent == "demo":
        return settings.read(written), str(written)
    return None, ""


def _page_port(wanted: int | None, smtp_port: int) -> int:
    """The port of the page: the wanted one, or else the usual one if nobody has it."""
    if wanted is not None:
        return wanted
    return page_port_of.choose(PAGE_PORT) if smtp_port else 0


async def _dev(
    console: Console,
    timeline: DemoTimeline,
    state: Path,
    choice: stack.LocalChoice,
    said: str,
    environ: Mapping[str, str],
) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    state.mkdir(parents=True, exist_ok=True)
    starting = stack.local(state.absolute(), choice=choice, timeline=timeline, stop=stop, environ=environ)
    async with starting as stage:
        page = stage.page or ""
        note = running.Running(
            pid=os.getpid(),
            smtp_host=stage.smtp_host,
            smtp_port=stage.smtp_port,
            address=stage.address,
            person=stage.person,
            maildir=stage.mailbox.path,
            repository=stage.repository,
            page=page.partition("/link/")[0],
        )
        running.write(state, note)
        console.print(
            Panel(
                f"Write to  {stage.address} over SMTP at {stage.smtp_host}:{stage.smtp_port} as {stage.person}\n"
                f"Replies   {stage.mailbox.path} (a Maildir)\n"
                f"Project   {escape(stage.repository)}\n"
                + (f"Settings  {escape(said)}, which hermes up and hermes serve read too\n" if said else "")
                + "\nIn another terminal: hermes send --wait \"Please update the homepage title to 'Spring'\"\n"
                "Ctrl-C stops it; the state stays.",
                title="Hermes is running",
            ),
            soft_wrap=True,
        )
        console.print("A mailbox to write as anybody, what Hermes made of each mail, and the branches:")
        # On a line of its own, unbroken, so that a terminal makes a link of it.
        console.print(f"Open [bold]{page}[/] (it signs you in once)", soft_wrap=True)
        try:
            await stop.wait()
        finally:
            running.remove(state)
            console.print("stopping; work under way is saved…")


def _show(console: Console, moment: Moment) -> None:
    name = moment.event.name
    style = _STYLES.get(name) or _STYLES.get(name.split(".")[0], "")
    word = _WORDS.get(name, name.split(".")[0])
    text = escape(moment.event.text)
    if name == "mail.command":
        text += f" [dim]session {moment.event.facts.get('session_id')}[/]"
    console.print(f"[dim]{moment.seconds:6.2f} s[/] [{style or 'default'}]{word:<13}[/]{text}", soft_wrap=True)


def _timeline(timeline: DemoTimeline) -> dict[str, Any]:
    return {
        "timeline": [
            {"at": round(m.seconds, 3), "name": m.event.name, "text": m.event.text, **dict(m.event.facts)}
            for m in timeline.moments
        ]
    }

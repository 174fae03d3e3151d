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
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from hermes import errors, logs
from hermes.app import local as stack
from hermes.cli import plain, screen
from hermes.cli.options import stop_on_signals
from hermes.local import demo as demonstration
from hermes.local import running
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


class DemoAgent(enum.StrEnum):
    """The agents that the demo can use."""

    DEMO = "demo"
    CLAUDE = "claude"


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
    console.print(f"\nThe whole way took {timeline.seconds:.1f} s; everything is stopped. To play with it: hermes dev")


def _installed(agent: DemoAgent) -> None:
    if agent is DemoAgent.CLAUDE and shutil.which("claude") is None:
        raise errors.ConfigError(
            "Claude Code is not installed: there is no program `claude`; leave --agent out to go without"
        )


async def _demo(timeline: DemoTimeline, agent: str, environ: Mapping[str, str]) -> demonstration.DemoResult:
    work = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (2, 15):
        loop.add_signal_handler(number, lambda: work.cancel() if work else None)
    with tempfile.TemporaryDirectory(prefix="hermes-demo-") as folder:
        async with stack.local(Path(folder), agent=agent, timeline=timeline, environ=environ) as stage:
            outcome = await demonstration.play(stage)
            timeline.say("step.stopping", "stopping everything that was started")
    return outcome


def dev(
    state: Annotated[Path, typer.Option(help="Folder that keeps everything between runs.")] = Path(".hermes"),
    agent: Annotated[DemoAgent, typer.Option(help="The agent that edits.")] = DemoAgent.DEMO,
    port: Annotated[int, typer.Option(help="SMTP port; 0 takes a free one.", min=0, max=65535)] = 2525,
) -> None:
    """Run Hermes on this machine for development until Ctrl-C; it keeps its state."""
    _installed(agent)
    console = screen.console()
    logs.set_up(level="WARNING", form="text")
    timeline = DemoTimeline(now=time.time, shown=lambda moment: _show(console, moment))
    asyncio.run(_dev(console, timeline, state, agent.value, port, privacy.take()))


async def _dev(
    console: Console, timeline: DemoTimeline, state: Path, agent: str, port: int, environ: Mapping[str, str]
) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    state.mkdir(parents=True, exist_ok=True)
    starting = stack.local(state.absolute(), agent=agent, timeline=timeline, port=port, stop=stop, environ=environ)
    async with starting as stage:
        note = running.Running(
            pid=os.getpid(),
            smtp_host=stage.smtp_host,
            smtp_port=stage.smtp_port,
            address=stage.address,
            person=stage.person,
            maildir=stage.mailbox.path,
            repository=stage.repository,
        )
        running.write(state, note)
        console.print(
            Panel(
                f"Write to  [bold]{stage.address}[/]  over SMTP at [bold]{stage.smtp_host}:{stage.smtp_port}[/]\n"
                f"as        [bold]{stage.person}[/]\n"
                f"Replies   {stage.mailbox.path} (a Maildir)\n"
                f"Project   {stage.repository} (a bare git repository)\n\n"
                f"In another terminal: hermes send --wait \"Please update the homepage title to 'Spring'\"\n"
                "Ctrl-C stops it; the state stays.",
                title="Hermes is running",
            ),
            soft_wrap=True,
        )
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

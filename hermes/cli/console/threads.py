"""`hermes threads`: the list of threads, and one as a timeline."""

from __future__ import annotations

from typing import Annotated

import typer

from hermes.admin.console import Console
from hermes.admin.views import thread as thread_view
from hermes.admin.views import threads as thread_list
from hermes.admin.views.thread import Thread, ThreadEvent
from hermes.admin.views.threads import ThreadRow
from hermes.cli import plain, screen
from hermes.cli.console import asking, words
from hermes.cli.console.asking import FilterOption, JsonOption, MostOption, PersonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption

threads = typer.Typer(
    invoke_without_command=True,
    help="List threads by their newest mail; `hermes threads show` tells one as a timeline.",
    epilog="Example: hermes threads --filter 'state:failed since:7d'  ·  hermes threads show demo-site-k3v5zq2a",
)


@threads.callback()
def list_threads(
    context: typer.Context,
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    text: FilterOption = "",
    most: MostOption = 30,
    as_json: JsonOption = False,
) -> None:
    """List threads by their newest mail; `hermes threads show` tells one as a timeline."""
    if context.invoked_subcommand is not None:
        return
    wanted = asking.search(text, project, person, thread_list.STATES)

    async def look(console: Console) -> tuple[list[ThreadRow], bool]:
        return await asking.rows(
            lambda cursor, more: thread_list.threads(console, operator(), wanted, cursor=cursor, most=more), most
        )

    found, cut = asking.ask(config_file, look)
    if as_json:
        for one in found:
            plain.document(asking.facts(one))
    else:
        screen.entries(
            [_entry(one) for one in found], none="no such thread" if text or project or person else "no thread yet"
        )
    asking.say_if_cut(cut, most)


def _entry(one: ThreadRow) -> screen.Entry:
    return screen.Entry(
        (words.moment(one.updated_at), one.state),
        one.session_id,
        (asking.joined(one.project, one.person), one.subject),
    )


@threads.command("show", epilog="Example: hermes threads show demo-site-k3v5zq2a")
def show(
    thread: Annotated[str, typer.Argument(help="As `hermes threads` lists it.", show_default=False)],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell one thread: its mails, commands and replies in the order in which they happened."""

    async def look(console: Console) -> Thread:
        return await thread_view.thread(console, operator(), thread)

    found = asking.ask(config_file, look)
    if as_json:
        plain.document(asking.facts(found))
        return
    row = found.row
    screen.wrapped(f"{row.subject}\n{asking.joined(row.project, row.person, row.state, words.dollars(found.cost_usd))}")
    screen.wrapped(f"branch {found.branch} · worker {found.container_key}\n")
    for moment in found.timeline:
        for line in _lines(found, moment):
            said = line.lstrip(" ")
            screen.wrapped(said, indent=len(line) - len(said))


def _lines(found: Thread, moment: ThreadEvent) -> list[str]:
    """What to print for one moment: a line, and below it what explains it."""
    when = words.moment(moment.at)
    if moment.mail is not None:
        (mail,) = [one for one in found.mails if one.row.mail_id == moment.mail]
        why = asking.joined(
            mail.row.outcome, mail.row.reason, mail.intent and f"intent {mail.intent}", mail.intent_reason
        )
        said = [f"    {line}" for line in mail.text.strip().splitlines()[:6]]
        trace = [f"    why this thread: {line}" for line in mail.trace]
        return [f"{when}  mail {mail.row.mail_id}", f"    from {mail.row.person} · {why}", *said, *trace]
    if moment.reply is not None:
        (reply,) = [one for one in found.replies if one.row.reply_id == moment.reply]
        why = asking.joined(f"to {reply.row.person}", reply.row.state, reply.row.why)
        said = [f"    {line}" for line in reply.text.strip().splitlines()[:6]]
        return [f"{when}  reply {reply.row.reply_id}", f"    {why}", *said]
    (command,) = [one for one in found.commands if one.command_id == moment.command]
    lines = [f"{when}  {moment.what}  {command.command_id}" + (f"  {moment.detail}" if moment.detail else "")]
    if moment.what == "accepted":
        lines.append(f"    {command.type}: {command.title}")
    elif command.finished_at is not None and moment.at >= command.finished_at:
        took = asking.joined(
            f"waited {words.span(command.waited_seconds)}" if command.waited_seconds is not None else "",
            f"ran {words.span(command.ran_seconds)}" if command.ran_seconds is not None else "",
            words.dollars(command.cost_usd),
            f"commit {command.commit[:12]} on {command.branch}" if command.commit else "",
        )
        lines += [f"    {line}" for line in (took, command.error, *command.summary.splitlines()[:3]) if line]
    return lines

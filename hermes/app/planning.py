"""Builds what turns an admitted mail into a plan."""

from __future__ import annotations

from hermes.aws.records.stores import Stores
from hermes.config.current import ConfigSource
from hermes.domain.env import Env
from hermes.gateway.going_live.approval_mails import ApprovalMails
from hermes.gateway.going_live.live_plan import LivePlanner
from hermes.gateway.intake.answer_plan import AnswerPlanner
from hermes.gateway.intake.command_plan import CommandPlanner
from hermes.gateway.intake.plan import Parts
from hermes.gateway.intake.planner import Planner
from hermes.gateway.replies.replies import ReplyWriter


def planner(source: ConfigSource, *, held: Stores, parts: Parts, writer: ReplyWriter, env: Env) -> Planner:
    """The planner of a gateway."""
    config = source.current
    answers = AnswerPlanner(parts=parts, stores=held, writer=writer, env=env)
    return Planner(
        commands=CommandPlanner(
            parts=parts,
            stores=held,
            writer=writer,
            timing=config.timing.lifecycle,
            collect_seconds=config.gateway.collect_seconds,
            env=env,
        ),
        answers=answers,
        live=LivePlanner(
            stores=held,
            parts=parts,
            answers=answers,
            mails=ApprovalMails(writer=writer, objects=held.objects),
            config=source,
            env=env,
        ),
        stores=held,
        grants=lambda project, owner: source.current.grants(project, owner),
        env=env,
    )

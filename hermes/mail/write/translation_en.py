"""The words of replies in English."""

from __future__ import annotations

import datetime

from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.request import Policy
from hermes.errors import Fault
from hermes.mail.write.headlines.en import HEADLINES
from hermes.mail.write.live import en as live
from hermes.mail.write.shown import en as shown
from hermes.mail.write.translation import FailureWords, Translation


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s" if whole else "less than 1 s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _cost(dollars: float) -> str:
    return "less than $0.01" if 0 < dollars < 0.005 else f"${dollars:,.2f}"


def _requests(count: int) -> str:
    return "one request" if count == 1 else f"{count} requests"


def _moment(at: datetime.datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M}{' UTC' if at.tzinfo is datetime.UTC else ''}"


def _quote(text: str) -> str:
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


ENGLISH = Translation(
    code="en",
    headlines=HEADLINES,
    reasons={
        InterruptReason.USER_CANCELLED: "You asked to stop.",
        InterruptReason.TIMEOUT: "It took longer than the time allowed for one message.",
        InterruptReason.RESOURCE_LIMIT: "It needed more memory, disk space or money than is allowed for one message.",
        InterruptReason.ERROR_THRESHOLD: "It ran into one error after another, so going on made no sense.",
        InterruptReason.PRIORITY_OVERRIDE: "Your newer message took its place.",
        InterruptReason.SYSTEM_SHUTDOWN: "The computer that was working on it had to be shut down.",
        InterruptReason.CUSTOM: "It was stopped by the people who run this service.",
    },
    limits={
        ResourceLimit.MEMORY: "It needed more memory than is allowed for one message.",
        ResourceLimit.OUTPUT: "It printed more text than is allowed for one message.",
        ResourceLimit.COST: "It cost more than is allowed for one message.",
    },
    reasons_then={
        InterruptReason.USER_CANCELLED: "To go on, reply with what should be done next.",
        InterruptReason.TIMEOUT: "Please reply with a smaller step, or with “go on” to continue from here.",
        InterruptReason.RESOURCE_LIMIT: "Please reply with a smaller step.",
        InterruptReason.ERROR_THRESHOLD: "Please reply and say it in other words, or ask for a smaller step.",
        InterruptReason.PRIORITY_OVERRIDE: "You need not do anything: the newer message gets its own answer.",
        InterruptReason.SYSTEM_SHUTDOWN: "Please send your message again; it was not your mistake.",
        InterruptReason.CUSTOM: "To go on, reply with what should be done next.",
    },
    policies={
        Policy.INTERRUPT: "",
        Policy.QUEUE: "Messages in this conversation are worked on one after the other.",
        Policy.MERGE: "Messages that arrive before the work begins are done together.",
        Policy.REJECT: "",
    },
    policies_kept={
        Policy.INTERRUPT: "A new message in this conversation stops what is still being worked on, and takes its place.",
        Policy.QUEUE: "Messages in this conversation are worked on one after the other.",
        Policy.MERGE: "Messages in this conversation that arrive before the work begins are done together.",
        Policy.REJECT: "A new message in this conversation is turned away while another one is still being worked on.",
    },
    policy_lasts="That applies from now on.",
    policy_usual="This conversation follows the usual way of the project again.",
    states={
        CommandState.ACCEPTED: "accepted, about to start",
        CommandState.RUNNING: "being worked on",
        CommandState.INTERRUPTING: "being stopped",
        CommandState.SUCCEEDED: "done",
        CommandState.FAILED: "ended with an error",
        CommandState.TIMED_OUT: "stopped because it took too long",
        CommandState.NEEDS_INPUT: "waiting for your answer",
        CommandState.INTERRUPTED: "stopped",
    },
    steps={
        WorkStep.WORKSPACE: "getting the project ready",
        WorkStep.AGENT: "making the change",
        WorkStep.COMMIT: "saving the change",
        WorkStep.CHECK: "checking the change",
        WorkStep.CORRECT: "putting right what the checks found",
        WorkStep.BUILD: "putting the pages together",
        WorkStep.PUBLISH: "putting them where you can see them",
    },
    live=live.WORDS,
    faults={
        **live.FAULTS,
        Fault.MEMORY: FailureWords(
            body="It needed more memory than it was given. We have been told.",
            then="Please ask for a smaller step first, or reply with “try again” once we have written to you.",
        ),
        Fault.BUILD: FailureWords(
            body="The pages could not be put together as they are now, so there is nothing new to look at yet. "
            "What was changed is saved, and we have been told.",
            then="You can reply with what should be different, or with “undo” to take the last change back.",
        ),
        Fault.TRIED: FailureWords(
            body="The assistant began, and could not finish it. We have been told.",
            then="Please say it in other words, or ask for a smaller step first.",
        ),
        Fault.NO_BUILD: FailureWords(
            body="In this project there is nothing that could be put together or shown that way. Nothing was changed.",
            then="To have something changed, just reply with what it is.",
        ),
        Fault.NOTHING_TO_UNDO: FailureWords(
            body="There is no change left in this conversation that could be taken back.",
            then="Please say in your own words what should be the way it was before.",
        ),
        Fault.WORDS: FailureWords(body="", then="Please correct it and send it again as a reply to this mail."),
    },
    ours=FailureWords(
        body="This is on our side, and we have been told. There was nothing wrong with your message.",
        then="You need not do anything about it. To have it tried again later, reply with “try again”.",
    ),
    shown=shown.WORDS,
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} added, {removed} removed",
    conjunction=" and ",
    stop_word="stop",
    undo_word="undo",
    status_word="status",
    help_word="help",
    again_word="try again",
    asked="You wrote: {instruction}",
    asked_by="{name} wrote: {instruction}",
    about_project="This is about the project {project}.",
    agent_says="In the words of the assistant:",
    understood="This was read of your message: {text}",
    elsewhere_stop="To stop that, reply with “stop” in the conversation that it belongs to.",
    busy_with="Still being worked on: {older}",
    stopped_by="Your newer message {newer} took its place.",
    stopped_by_whom="{name}’s newer message {newer} took its place.",
    stopped_by_whom_unnamed="A newer message from {name} took its place.",
    stop_of="{name} asked to stop.",
    stopped_elsewhere="Your newer message {newer}, in another conversation, took its place.",
    stopped_elsewhere_unnamed="A newer message of yours, in another conversation, took its place.",
    stopped_elsewhere_then="If you still want this done, reply with “go on”.",
    first_elsewhere="Your newer message {newer}, in another conversation, is worked on first.",
    first_elsewhere_unnamed="A newer message of yours, in another conversation, is worked on first.",
    put_aside="It was put aside for a while, because a newer message of yours in another conversation came first.",
    kept="What was done until then is saved.",
    kept_unpushed="What was done until then is saved, but could not be uploaded yet; the next message uploads it.",
    kept_unsure="What had been saved by then is kept.",
    nothing_kept="Nothing had been changed until then.",
    never_started="It had not been started yet, so nothing was changed.",
    superseded="For this, your earlier message {older} was stopped.",
    superseded_of="For this, {name}’s earlier message {older} was stopped.",
    superseded_unnamed="For this, your earlier message was stopped.",
    superseded_aside="For this, your earlier message {older} in another conversation was put aside; it goes on now.",
    unpushed="The change is saved, but could not be uploaded yet; the next message uploads it.",
    beside="Somebody else changed the same places in the meantime, so the two changes still have to be put together. We have been told.",
    denied="The assistant also wanted to do this, which it is not allowed to in this project: {names}.",
    left_out="Left out, for safety or because of its size: {names}.",
    attached="Received with your message: {names}.",
    undone="This was taken back: {older}.",
    undone_then="To take back the change before it too, reply with “undo” once more. To have something else done, just write what.",
    restarted_once="The work was interrupted once on our side and began again; that is why it took longer.",
    restarted_often="The work was interrupted {count} times on our side and began again; that is why it took longer.",
    after_timeout="It was stopped after {duration}.",
    files_more="and {count} more",
    waiting_none="Nothing is being worked on in this conversation right now.",
    idle_then="To have something done, just reply with what it is.",
    requests=_requests,
    shares={
        (Measure.OPEN, Whose.OWNER): "You can have {requests} in progress at a time.",
        (Measure.OPEN, Whose.PROJECT): "This project can have {requests} in progress at a time.",
        (Measure.OPEN, Whose.CLIENT): "Your organisation can have {requests} in progress at a time.",
        (Measure.HOURLY, Whose.OWNER): "You can send {requests} in one hour.",
        (Measure.HOURLY, Whose.PROJECT): "This project takes {requests} in one hour.",
        (Measure.HOURLY, Whose.CLIENT): "Your organisation can send {requests} in one hour.",
        (Measure.DAILY, Whose.OWNER): "Your requests may cost {cost} in one day.",
        (Measure.DAILY, Whose.PROJECT): "Requests for this project may cost {cost} in one day.",
        (Measure.DAILY, Whose.CLIENT): "Requests of your organisation may cost {cost} in one day.",
    },
    share_free="New messages are carried out again from {moment} on.",
    label_files="Changed",
    label_error="Error",
    label_remarks="Remarks",
    label_commit="Commit",
    label_preview="See it here",
    label_duration="Time",
    label_cost="Cost",
    label_log="Log",
    label_state="State",
    label_request="Request",
    label_whose="Asked by",
    label_since="Since",
    label_branch="Branch",
    label_waiting="Waiting",
    label_elsewhere="In other conversations",
    label_changes="Lines",
    footer="This mail was written by Hermes, a program that carries out what people write to it.",
)

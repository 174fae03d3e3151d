"""The words of replies in English."""

from __future__ import annotations

import datetime

from hermes.domain.commands import CommandState
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.reply_facts import ReplyKind
from hermes.domain.request import Policy
from hermes.mail.write.translation import Headline, Translation


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
    return at.strftime("%d %B %Y, %H:%M UTC")


def _quote(text: str) -> str:
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


_HEADLINES = {
    ReplyKind.SUCCEEDED: Headline(
        headline="Done.",
        then="To change something else, just reply to this mail. To take this change back, reply with the one word “undo”.",
    ),
    ReplyKind.NOTHING_CHANGED: Headline(
        headline="Nothing needed to be changed.",
        body="Your message was worked on, and no file is different from before.",
        then="If you expected a change, please reply and say a little more: which page, which words, what it should look like.",
    ),
    ReplyKind.INTERRUPTED: Headline(headline="This was stopped before it was finished."),
    ReplyKind.INTERRUPT_UNCONFIRMED: Headline(
        headline="This was stopped, but not cleanly.",
        body="The work did not react when it was asked to stop, so it was switched off. Its last minutes may be lost.",
        then="To start again, reply with what you would like to have done.",
    ),
    ReplyKind.FAILED: Headline(
        headline="This did not work.",
        then="To try again, reply to this mail; you can also say what should be done differently.",
    ),
    ReplyKind.TIMED_OUT: Headline(
        headline="This took too long and was stopped.",
        then="Please reply with a smaller step, or with “go on” to continue from here.",
    ),
    ReplyKind.NEEDS_INPUT: Headline(
        headline="There is a question before this can go on.",
        then="Just reply with your answer. Nothing more happens until then.",
    ),
    ReplyKind.STILL_STARTING: Headline(
        headline="Your message has arrived and will be worked on.",
        body="Getting ready takes longer than usual this time.",
        then="You need not do anything. You get another mail when it is done.",
    ),
    ReplyKind.STILL_WORKING: Headline(
        headline="Your message is still being worked on.",
        body="It takes longer than usual. Nothing is wrong.",
        then="You need not do anything; you get another mail when it is done. To stop it, reply with the one word “stop”.",
    ),
    ReplyKind.STOPPED_NOTHING: Headline(
        headline="There was nothing to stop.",
        body="Nothing is being worked on in this conversation right now.",
        then="To take back the last change, reply with the one word “undo”. To have something done, just write what.",
    ),
    ReplyKind.STATUS: Headline(
        headline="This is how things stand.",
        then="To stop what is being done, reply with the one word “stop”.",
    ),
    ReplyKind.MERGED: Headline(
        headline="Your messages are done together.",
        body="You wrote again before this had been started, so both messages are worked on in one go.",
        then="You need not do anything. You get one mail when it is done.",
    ),
    ReplyKind.PUT_ASIDE: Headline(
        headline="Your message has to wait a little.",
        then="You need not do anything: it goes on by itself after that, and you get another mail when it is done. "
        "If it is no longer needed, reply with the one word “stop”.",
    ),
    ReplyKind.POLICY_SET: Headline(
        headline="Noted for this conversation.",
        then="To go back to the usual way, reply with the one word “/default”.",
    ),
    ReplyKind.POLICY_NOWHERE: Headline(
        headline="There is no conversation yet for which this could be noted.",
        body="Your message holds no request. Nothing was changed.",
        then="Please send it again with what you would like to have done below that line.",
    ),
    ReplyKind.NOT_AN_OWNER: Headline(
        headline="Your message was not carried out.",
        body="This address takes messages from certain people only, and yours is not among their addresses.",
        then="Did you write from another address than usual? Then please write again from the usual one. "
        "Otherwise ask the person who gave you this address.",
    ),
    ReplyKind.NOT_FOR_READERS: Headline(
        headline="Your message was not carried out.",
        body="You read along in this project: you get the answers, and can ask about it. Having something changed or stopped is up to "
        "others. Nothing was changed.",
        then="Please ask one of the others in the conversation. A question, or the one word “status”, is answered for you too.",
    ),
    ReplyKind.NOT_ADDRESSED: Headline(
        headline="Your message was not carried out.",
        body="It reached this address, but was not addressed to it: the address is not among those in “To” or “Cc”. "
        "That happens with blind copies, and also when somebody sends on a message of yours that was meant for others. "
        "Nothing was changed.",
        then="If you do want it carried out, please send it again with this address in “To”.",
    ),
    ReplyKind.HEADER_TWICE: Headline(
        headline="Your message was not carried out.",
        body="A part of it that may be there only once, such as its date or subject, is there twice. "
        "That happens when somebody else sends on a message of yours and changes it. Nothing was changed.",
        then="If the message is yours, please write it again in a new mail.",
    ),
    ReplyKind.NOT_SIGNED: Headline(
        headline="Your message was not carried out.",
        body="It came by a detour, and on the way somebody could have changed how it is read. Nothing was changed.",
        then="Please send it again straight to this address, not through a forwarding address or a mailing list. "
        "If it happens again, the people who run this service can see the reason in their records.",
    ),
    ReplyKind.NOT_RECENT: Headline(
        headline="Your message was not carried out.",
        body="By its date it was written long ago, or has yet to be written: it may be an old message of yours that somebody else "
        "sent again. Nothing was changed.",
        then="If you do want it carried out, please send it again, and check that the clock of your computer is right.",
    ),
    ReplyKind.ANSWERED: Headline(
        headline="Here is the answer.",
        then="Nothing was changed. To have something changed, just reply with what it is.",
    ),
    ReplyKind.HELP: Headline(
        headline="This is what you can write.",
        body="Just say in your own words what should be different; an answer to this mail goes on in the same conversation. "
        "A question gets an answer, and changes nothing. “stop” stops what is being done, “status” says how far it is, “undo” takes back "
        "the last change, and “preview” shows the page.",
        then="To have one message wait for the one before it, write “/queue” as its first line.",
    ),
    ReplyKind.NOTHING_WAITS: Headline(
        headline="Nothing is waiting for your yes or no.",
        body="Nothing was changed by your message.",
        then="To have something done, please reply with what it is.",
    ),
    ReplyKind.UNCLEAR: Headline(
        headline="It is not clear what you would like to have done.",
        body="Nothing was changed, and what is being worked on goes on.",
        then="Please reply in a sentence: what should be different? “help” shows what else you can write.",
    ),
    ReplyKind.ONLY_FILES: Headline(
        headline="What shall be done with the attachment?",
        body="Your message has an attachment, and no word of what it is for. Nothing was changed.",
        then="Please send it again and write what should be done with it, for example on which page it belongs.",
    ),
    ReplyKind.ENCRYPTED: Headline(
        headline="Your message could not be read.",
        body="Its text is encrypted, or packed into a signature that cannot be opened here. Nothing was changed.",
        then="Please send it again as a plain message: switch encryption off for it, or sign it in the “clear-signed” form.",
    ),
    ReplyKind.NO_TEXT: Headline(
        headline="There was nothing to do in your message.",
        body="No new text was found in it: only the quoted text of earlier mails, a signature or an attachment.",
        then="Please write what you would like to have done above the quoted text, and send it again.",
    ),
    ReplyKind.TOO_LARGE: Headline(
        headline="Your message was too large.",
        body="It was not read, and nothing was changed.",
        then="Please send it again without large attachments, or with smaller pictures.",
    ),
    ReplyKind.HEADERS_TOO_LARGE: Headline(
        headline="Your message could not be read.",
        body="Its technical part, which mail programs write unseen, is larger than any normal mail has. Nothing was changed.",
        then="Please write a new mail instead of replying to or forwarding this one.",
    ),
    ReplyKind.TOO_MANY_PARTS: Headline(
        headline="Your message could not be read.",
        body="It is made of too many parts. Nothing was changed.",
        then="Please write a new mail with the text itself and few attachments.",
    ),
    ReplyKind.TOO_DEEP: Headline(
        headline="Your message could not be read.",
        body="It has mails inside mails inside mails, too many to follow. Nothing was changed.",
        then="Please write a new mail with the text itself instead of forwarding the whole chain.",
    ),
    ReplyKind.TOO_MANY_RECIPIENTS: Headline(
        headline="Your message was not carried out.",
        body="It went to too many people at once. Nothing was changed.",
        then="Please send it again to this address alone.",
    ),
    ReplyKind.TOO_MANY_ATTACHMENTS: Headline(
        headline="Your message had too many attachments.",
        body="Nothing was changed.",
        then="Please send it again with fewer attachments, or in several mails.",
    ),
    ReplyKind.ATTACHMENT_NOT_ALLOWED: Headline(
        headline="One of the attachments cannot be accepted.",
        body="For safety, programs and packed files are not opened here. Nothing was changed.",
        then="Please send it again without that attachment; pictures and texts are welcome as they are, unpacked.",
    ),
    ReplyKind.UNREADABLE: Headline(
        headline="Your message could not be read.",
        body="Something about the way it was put together is broken. Nothing was changed.",
        then="Please write a new mail with plain text and send it again.",
    ),
    ReplyKind.BUSY: Headline(
        headline="Your message was not carried out.",
        body="Something else in this conversation is still being worked on, and only one thing is done at a time here.",
        then="Please send it again when you have the answer to the earlier one, or reply with the one word “stop” first.",
    ),
    ReplyKind.OPEN_LIMIT: Headline(
        headline="Your message was not carried out.",
        body="As much is being worked on at the moment as is allowed at a time. Nothing was changed.",
        then="Please send it again in a while. If an earlier request of yours is still in progress, you can stop it "
        "with the one word “stop” in its conversation.",
    ),
    ReplyKind.RATE_LIMIT: Headline(
        headline="Your message was not carried out.",
        body="As many messages have come in this hour as are allowed. Nothing was changed; what is being worked on goes on.",
        then="Please send it again after that. You may not get this answer to every message that comes before.",
    ),
    ReplyKind.COST_LIMIT: Headline(
        headline="Your message was not carried out.",
        body="The work of today has cost as much as it may. Nothing was changed; what is being worked on goes on.",
        then="Please send it again after that. You may not get this answer to every message that comes before. "
        "If it cannot wait, ask whoever runs Hermes for you.",
    ),
    ReplyKind.UNSURE: Headline(
        headline="It is not clear what you would like to have done.",
        body="Your own words could not be told from the quoted ones with certainty, and nothing is done on a guess. Nothing was changed.",
        then="Please write it again at the very top of a reply, or in a new mail without any quoted text.",
    ),
}

ENGLISH = Translation(
    code="en",
    headlines=_HEADLINES,
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
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} added, {removed} removed",
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
    kept="What was done until then is saved {where}.",
    kept_unpushed="What was done until then is saved {where}, but could not be uploaded yet.",
    on_branch_commit="on the branch {branch} (commit {commit})",
    on_branch="on the branch {branch}",
    at_commit="as commit {commit}",
    nothing_kept="Nothing had been changed until then.",
    never_started="It had not been started yet, so nothing was changed.",
    superseded="For this, your earlier message {older} was stopped.",
    superseded_of="For this, {name}’s earlier message {older} was stopped.",
    superseded_unnamed="For this, your earlier message was stopped.",
    superseded_aside="For this, your earlier message {older} in another conversation was put aside; it goes on now.",
    unpushed="The change is saved, but could not be uploaded yet.",
    restarted_once="The work was interrupted once on our side and began again; that is why it took longer.",
    restarted_often="The work was interrupted {count} times on our side and began again; that is why it took longer.",
    after_timeout="It was stopped after {duration}.",
    error_unknown="An unexpected error occurred. It is not your mistake.",
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
    label_files="Changed files",
    label_saved="Saved",
    label_preview="See it here",
    label_duration="Time",
    label_cost="Cost",
    label_log="Details",
    label_state="State",
    label_request="Request",
    label_whose="Asked by",
    label_since="Since",
    label_branch="Branch",
    label_last_commit="Last saved",
    label_waiting="Waiting",
    label_elsewhere="In other conversations",
    label_changes="Lines",
    footer="This mail was written by Hermes, a program that carries out what people write to it.",
)

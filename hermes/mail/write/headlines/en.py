"""The fixed words of each kind of reply in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.mail.write.live import en as live
from hermes.mail.write.translation import Headline

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    **live.HEADLINES,
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
    ReplyKind.FAILED: Headline(headline="This did not work."),
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
    ReplyKind.PAUSED: Headline(
        headline="Your message has arrived and waits.",
        body="The people who run this service have paused the work for now. Nothing is lost.",
        then="You need not do anything: the work begins by itself after the pause, and you get another mail when it is done.",
    ),
    ReplyKind.STILL_WORKING: Headline(
        headline="Your message is still being worked on.",
        body="It takes longer than usual. Nothing is wrong.",
        then="You need not do anything; you get another mail when it is done. To stop it, reply with the one word “stop”.",
    ),
    ReplyKind.ACKNOWLEDGED: Headline(
        headline="Got it.",
        body="Your message has arrived and is being worked on.",
        then="You get another mail when it is done. To stop it, reply with the one word “stop”.",
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

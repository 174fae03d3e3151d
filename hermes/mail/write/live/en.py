"""What replies say about going live, in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.errors import Fault
from hermes.mail.write.translation import FailureWords, Headline, LiveWords

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    ReplyKind.PUBLISHED: Headline(
        headline="It is live.",
        then=(
            "To have something else changed, just reply to this mail. To take this back from the live "
            "pages, reply with the one word “undo”."
        ),
    ),
    ReplyKind.TAKEN_BACK: Headline(
        headline="It is no longer live.",
        body="The live pages are as they were before this change.",
        then="To have something changed, just reply with what it is.",
    ),
    ReplyKind.APPROVAL_ASKED: Headline(
        headline="Your yes is needed.",
        then=(
            "To agree, reply “yes”. To decline, reply “no” and why: your words are passed on. To have "
            "something changed first, just reply with what it is."
        ),
    ),
    ReplyKind.APPROVAL_REMINDED: Headline(
        headline="This still waits for your yes.",
        then=(
            "To agree, reply “yes”. To decline, reply “no” and why: your words are passed on. To have "
            "something changed first, just reply with what it is."
        ),
    ),
    ReplyKind.APPROVAL_REQUESTED: Headline(
        headline="Your wish has been passed on.",
        body="The live pages stay as they are until there is an answer.",
        then="You need not do anything. You get another mail when there is an answer.",
    ),
    ReplyKind.APPROVAL_WAITS: Headline(
        headline="This has been asked already.",
        body="The live pages stay as they are until there is an answer.",
        then="You need not do anything. You get another mail when there is an answer.",
    ),
    ReplyKind.APPROVAL_NOTED: Headline(
        headline="Your yes is noted.",
        body="One more yes is needed; the live pages stay as they are until then.",
        then="You need not do anything more. You get another mail when it is live.",
    ),
    ReplyKind.APPROVAL_DECLINED: Headline(
        headline="This does not go live for now.",
        body="Nothing was changed on the live pages, and the work is kept.",
        then="To have something changed, just reply with what it is.",
    ),
    ReplyKind.APPROVAL_REPLACED: Headline(
        headline="This was changed in the meantime.",
        body=(
            "Your answer was about an earlier version. It does not count for the newest one, and nothing "
            "went live by it."
        ),
        then=(
            "Please look at the newest mail of this conversation. If that version may go live, reply “publish” to it."
        ),
    ),
    ReplyKind.APPROVAL_ENDED: Headline(
        headline="Nobody answered, so this question has ended.",
        body="Nothing was changed on the live pages, and the work is kept.",
        then="To have it asked again, reply “publish”.",
    ),
    ReplyKind.NOT_FINISHED: Headline(
        headline="This cannot go live yet.",
        body=("It is still being worked on, or its last step did not work. Nothing was changed on the live pages."),
        then="When you have the mail that says that it is done, reply “publish” to that one.",
    ),
    ReplyKind.NOTHING_TO_PUBLISH: Headline(
        headline="There is nothing here that could go live.",
        body="In this conversation no change waits for that.",
        then="To have something changed, just reply with what it is.",
    ),
    ReplyKind.LIVE_ALREADY: Headline(
        headline="This is live already, or about to be.",
        body="Nothing more had to be done.",
        then="To take it back from the live pages, reply with the one word “undo”.",
    ),
}

WORDS: Final = LiveWords(
    wanted="{name} would like this change to go live.",
    wanted_back="{name} would like this change to be taken back from the live pages.",
    waits_for="The answer is up to {names}.",
    declined_by="{name} said no.",
    says="In their words:",
    can_go_live="When it may go live, reply “publish”.",
    needs_again=(
        "An earlier version waits for a yes. This one is new and needs a yes of its own: to ask for "
        "it, reply “publish”."
    ),
    brought_together=(
        "The live pages had been changed in the same places meanwhile; both changes were put together first."
    ),
    label_approved="Approved by",
)

FAULTS: Final[Mapping[Fault, FailureWords]] = {
    Fault.CONFLICT: FailureWords(
        body=(
            "Somebody else has changed the same places of the live pages in the meantime, so this could "
            "not simply be added to them. Nothing was changed there, and the work is kept."
        ),
        then="To have both changes put together, reply “bring it up to date”; then it can be asked again.",
    ),
}

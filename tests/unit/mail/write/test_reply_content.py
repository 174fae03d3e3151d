"""What a reply says of policies, of work that was put aside, and of work that gave way to another conversation."""

from __future__ import annotations

import pytest

from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import (
    Cause,
    Done,
    KeptWork,
    Open,
    PolicyNote,
    PolicySet,
    ReplyFacts,
    ReplyKind,
    RequestFacts,
    Stopped,
)
from hermes.domain.request import Policy
from hermes.mail.write import templates
from hermes.mail.write.templates import LANGUAGES

LANGUAGE_CODES = sorted(LANGUAGES)


def told(facts: ReplyFacts, language: str = "en") -> str:
    """As one line: a reply is wrapped."""
    return " ".join(templates.render(facts, language=language).text.split())


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("policy", list(Policy))
def test_a_policy_that_is_kept_is_named_and_said_to_last(policy: Policy, language: str) -> None:
    words = LANGUAGES[language]
    note = PolicyNote(kept=policy)
    for facts in (PolicySet(policy=note), Open(kind=ReplyKind.MERGED, request=RequestFacts(policy=note))):
        reply = told(facts, language)
        assert words.policies_kept[policy] in reply
        assert words.policy_lasts in reply
        assert words.policy_usual not in reply


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_conversation_that_is_back_at_the_usual_policy_is_not_told_how_to_get_there(language: str) -> None:
    words = LANGUAGES[language]
    usual = told(PolicySet(policy=PolicyNote(usual=True, kept=Policy.QUEUE)), language)
    kept = told(PolicySet(policy=PolicyNote(kept=Policy.QUEUE)), language)
    then = " ".join(words.headlines[ReplyKind.POLICY_SET].then.split())
    assert words.policy_usual in usual
    assert then
    assert then in kept
    assert then not in usual


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_work_that_was_put_aside_for_another_conversation_says_so(language: str) -> None:
    words = LANGUAGES[language]
    put_aside = Done(kind=ReplyKind.SUCCEEDED, request=RequestFacts(put_aside=True))
    assert words.put_aside in told(put_aside, language)
    assert words.put_aside not in told(Done(kind=ReplyKind.SUCCEEDED), language)


def test_what_is_put_aside_says_what_comes_first_and_where_its_work_is() -> None:
    facts = Open(
        kind=ReplyKind.PUT_ASIDE, newer="Fix the phone number", work=KeptWork(commit="a1b2c3d", branch="thread-x")
    )
    assert "“Fix the phone number”" in told(facts)
    assert LANGUAGES["en"].kept in told(facts)


def test_work_that_gave_way_to_another_conversation_names_its_mail_where_it_is_known() -> None:
    def stopped(newer: str) -> str:
        cause = Cause(reason=InterruptReason.PRIORITY_OVERRIDE, elsewhere=True, newer=newer)
        return told(Stopped(kind=ReplyKind.INTERRUPTED, cause=cause))

    assert "“Fix the phone number”, in another conversation" in stopped("Fix the phone number")
    assert LANGUAGES["en"].stopped_elsewhere_unnamed in stopped("")


def test_a_reply_without_anything_to_do_next_ends_with_its_footer() -> None:
    bare = templates.render(PolicySet(policy=PolicyNote(usual=True))).text
    assert bare.index("—") > bare.index(LANGUAGES["en"].policy_usual[:20])
    assert "\n\n\n" not in bare

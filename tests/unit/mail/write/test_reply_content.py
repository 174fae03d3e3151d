"""What a reply says of policies, of work that was put aside, and of work that gave way to another conversation."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain.commands import Policy
from hermes.domain.interrupts import InterruptReason
from hermes.mail.write import templates
from hermes.mail.write.templates import LANGUAGES, ReplyKind

LANGUAGE_CODES = sorted(LANGUAGES)


def told(kind: ReplyKind, language: str = "en", **facts: object) -> str:
    """As one line: a reply is wrapped."""
    return " ".join(templates.render(kind, facts, language=language).text.split())


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("policy", list(Policy))
def test_a_policy_that_is_kept_is_named_and_said_to_last(policy: Policy, language: str) -> None:
    words = LANGUAGES[language]
    for kind in (ReplyKind.POLICY_SET, ReplyKind.STILL_WORKING):
        reply = told(kind, language, policy_kept=policy.value)
        assert words.policies_kept[policy] in reply
        assert words.policy_lasts in reply
        assert words.policy_usual not in reply


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_conversation_that_is_back_at_the_usual_policy_is_not_told_how_to_get_there(language: str) -> None:
    words = LANGUAGES[language]
    usual = told(ReplyKind.POLICY_SET, language, policy_usual=True, policy_kept=Policy.QUEUE.value)
    kept = told(ReplyKind.POLICY_SET, language, policy_kept=Policy.QUEUE.value)
    then = " ".join(words.frames[ReplyKind.POLICY_SET].then.split())
    assert words.policy_usual in usual
    assert then
    assert then in kept
    assert then not in usual


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_work_that_was_put_aside_for_another_conversation_says_so(language: str) -> None:
    words = LANGUAGES[language]
    assert words.put_aside in told(ReplyKind.SUCCEEDED, language, put_aside=True)
    assert words.put_aside not in told(ReplyKind.SUCCEEDED, language)


def test_work_that_gave_way_to_another_conversation_names_its_mail_where_it_is_known() -> None:
    stopped: dict[str, Any] = {"reason": InterruptReason.PRIORITY_OVERRIDE, "elsewhere": True}
    named = told(ReplyKind.INTERRUPTED, **stopped, stopped_by="Fix the phone number")
    unnamed = told(ReplyKind.INTERRUPTED, **stopped)
    assert "“Fix the phone number”, in another conversation" in named
    assert LANGUAGES["en"].stopped_elsewhere_unnamed in unnamed


def test_a_reply_without_anything_to_do_next_ends_with_its_footer() -> None:
    letterless = templates.render(ReplyKind.POLICY_SET, {"policy_usual": True}).text
    assert letterless.index("—") > letterless.index(LANGUAGES["en"].policy_usual[:20])
    assert "\n\n\n" not in letterless

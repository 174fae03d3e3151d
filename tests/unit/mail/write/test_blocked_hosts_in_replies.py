"""What a reply says of hosts that the work wanted to reach and must not."""

from __future__ import annotations

import pytest

from hermes.domain.reply_facts import Done, ReplyKind, Report, Stopped
from hermes.mail.write import templates
from tests.unit.mail.write import page


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_a_blocked_host_is_named_in_the_persons_language(language: str) -> None:
    words = templates.LANGUAGES[language]
    report = Report(blocked=("paste.example",))
    for facts in (Done(kind=ReplyKind.SUCCEEDED, report=report), Stopped(kind=ReplyKind.FAILED, report=report)):
        written = templates.render(facts, language=language)
        said = page.words(words.shown.blocked.format(hosts=words.quote("paste.example")))
        assert said in page.words(written.text)
        assert said in page.words(page.seen(written.html)[0])


def test_many_hosts_are_counted_and_where_there_are_none_nothing_is_said() -> None:
    many = Report(blocked=tuple(f"host-{number}.example" for number in range(5)))
    text = page.words(templates.render(Done(kind=ReplyKind.SUCCEEDED, report=many)).text)
    assert "host-2.example" in text
    assert "host-3.example" not in text
    assert "2 more" in text
    assert "wanted to reach" not in templates.render(Done(kind=ReplyKind.SUCCEEDED, report=Report())).text

"""What a reply says of checks, of the network, and of how a change looks."""

from __future__ import annotations

from typing import Final

from hermes.domain.reply_facts import Report
from hermes.mail.write import folding
from hermes.mail.write.content import Row
from hermes.mail.write.translation import Translation

#: Failed checks that a reply shows; the rest is counted.
REPLY_CHECKS: Final = 5
#: A line of a check's output.
REPLY_CHECK_CHARS: Final = 240
#: Hosts that a reply names, and the length of a name: an agent chooses them.
REPLY_HOSTS: Final = 3
REPLY_HOST_CHARS: Final = 60


def blocked(report: Report, words: Translation) -> str:
    """The sentence about what the work wanted to reach and must not; "" where there was nothing."""
    hosts = [words.quote(name) for one in report.blocked if (name := folding.clean(one, REPLY_HOST_CHARS))]
    if len(hosts) > REPLY_HOSTS:
        hosts[REPLY_HOSTS:] = [words.files_more.format(count=len(hosts) - REPLY_HOSTS)]
    return words.shown.blocked.format(hosts=", ".join(hosts)) if hosts else ""


def failed_checks(report: Report, words: Translation) -> tuple[str, list[Row]]:
    """The sentence about checks that do not pass, and what each of them says; "" and none where all is well."""
    found = [(name, one.lines) for one in report.failed_checks if (name := folding.clean(one.name, REPLY_CHECK_CHARS))]
    if not found:
        return "", []
    names = [words.quote(name) for name, _ in found[:REPLY_CHECKS]]
    if len(found) > len(names):
        names.append(words.files_more.format(count=len(found) - len(names)))
    rows = []
    for name, lines in found[:REPLY_CHECKS]:
        said = [line for line in (folding.clean(line, REPLY_CHECK_CHARS) for line in lines) if line]
        rows.append(Row(label=words.shown.label_check, value=words.quote(name), more=tuple(said)))
    return words.shown.checks_failed.format(names=", ".join(names)), rows

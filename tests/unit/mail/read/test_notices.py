"""What servers, scanners and companies put around a text is no part of it; what a person writes of such things is."""

from __future__ import annotations

import pytest

from hermes.mail.read import newest, notices
from tests.unit.mail import notice_samples as samples

TEXT = "Please change the title to Spring."


@pytest.mark.parametrize("banner", samples.BANNERS)
@pytest.mark.parametrize("text", [TEXT, "stop"])
def test_a_warning_above_a_text_is_not_read(banner: str, text: str) -> None:
    assert newest.cut(f"{banner}\n\n{text}").text == text


@pytest.mark.parametrize("footer", samples.FOOTERS)
@pytest.mark.parametrize("text", [TEXT, "stop"])
def test_a_notice_below_a_text_is_not_read(footer: str, text: str) -> None:
    assert newest.cut(f"{text}\n\n{footer}").text == text
    assert (
        newest.cut(f"{text}\n\nOn Mon, Mar 4, 2024 at 9:15 AM Hermes <a@b.c> wrote:\n> Done.\n\n{footer}").text == text
    )


@pytest.mark.parametrize("prose", samples.WRITTEN)
def test_what_a_person_writes_of_such_things_is_kept(prose: str) -> None:
    for body in (prose, f"Hello,\n\n{prose}\n\nAnna", f"{prose}\n\n{TEXT}", f"{TEXT}\n\n{prose}"):
        assert newest.cut(body).text == body


_PROOFPOINT = (
    "ZjQcmQRYFpfptBannerStart\nThis Message Is From an External Sender\n"
    "This message came from outside your organization.\nZjQcmQRYFpfptBannerEnd"
)


@pytest.mark.parametrize(
    "above",
    [
        _PROOFPOINT,
        "CAUTION: This email originated from outside of the organization. Do not\n"
        "click links or open attachments unless you recognize the sender.",
        "CAUTION: This email originated from outside of the organization and may\nnot be what it seems.",
        "CAUTION: This email originated from outside of the organization.\n\nExternal: beware of links and attachments",
        "External: beware of links and attachments",
        "[EXTERNAL]",
        "CAUTION: external",
    ],
)
@pytest.mark.parametrize("text", [TEXT, "stop"])
def test_a_warning_is_skipped_to_its_end_however_it_is_set(above: str, text: str) -> None:
    assert newest.cut(f"{above}\n{text}").text == text
    assert newest.cut(f"{above}\n\n{text}").text == text


def test_a_marked_warning_that_does_not_end_takes_no_text_with_it() -> None:
    assert TEXT in newest.cut(f"{_PROOFPOINT.rpartition(chr(10))[0]}\n{TEXT}").text


def test_a_tag_before_the_first_words_is_no_line_of_the_servers() -> None:
    assert newest.cut("[EXT] stop\n\nand undo").text == "[EXT] stop\n\nand undo"
    assert not notices.is_banner("(External) make it blue")


_SCANNED = "This email has been checked for viruses by AVG antivirus software."
_SECRET = (
    "This email and any files transmitted with it are confidential and intended\nsolely for the use of the individual."
)


@pytest.mark.parametrize(
    ("below", "text"),
    [
        (f"\n\n{_SCANNED}\n\nhttps://www.avg.com/x", TEXT),
        (f"\n{_SECRET}", TEXT),
        (f"\nAnna Miller\n{_SCANNED}", TEXT),
        (f"\n\nDisclaimer:\n\n{_SECRET}", TEXT),
        (f"\n\n{_SECRET}\nSent from my iPhone\nScanned by MailScanner, and is believed to be clean.", TEXT),
        ("\n\nhttps://client.example/antivirus", f"{TEXT}\n\nhttps://client.example/antivirus"),
        ("\nhttps://client.example/antivirus", f"{TEXT}\nhttps://client.example/antivirus"),
        (
            "\n\nVaterschaft, Kinder, Schule: 12 Termine | Köln",
            f"{TEXT}\n\nVaterschaft, Kinder, Schule: 12 Termine | Köln",
        ),
    ],
)
def test_a_notice_ends_where_the_persons_text_does(below: str, text: str) -> None:
    assert newest.cut(f"{TEXT}{below}").text == text


@pytest.mark.parametrize("body", [f"\n\n{_SECRET}", f"\n\n{_SCANNED}\n\nhttps://www.avg.com/x"])
def test_a_notice_without_a_text_is_no_text(body: str) -> None:
    assert newest.cut(body).text == ""


def test_a_link_alone_is_a_persons() -> None:
    assert newest.cut("\n\nhttps://client.example/antivirus").text == "https://client.example/antivirus"

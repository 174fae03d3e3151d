"""A notice as a mail, as JSON, for Slack and for Teams."""

from __future__ import annotations

import json
from typing import Any

from hermes.domain.alerts import text
from hermes.domain.alerts.book import Notice

PAGE = "https://hermes.example.com/"
BAD = Notice(
    notice_id="n1",
    kind="repository",
    thing="acme/site",
    title="The repository of acme/site cannot be reached",
    text="No <access> & so on\r\n*bold*",
    todo="Check the address.",
    at=1_800_000_000.0,
)
WELL = BAD.model_copy(update={"well": True, "title": "Well again", "text": "", "todo": ""})


def test_a_mail_says_what_is_wrong_and_what_to_do_and_where_to_look() -> None:
    assert text.plain(BAD, page=PAGE) == (
        "The repository of acme/site cannot be reached.\n\nNo <access> & so on\\r\\n*bold*\n\nWhat to do: Check the address.\n\nSee"
        f" {PAGE}\n"
    )
    assert text.plain(WELL, page=None) == "Well again.\n"


def test_json_has_every_field_and_an_id_to_tell_it_from_its_copy() -> None:
    found = json.loads(text.as_json(BAD, page=None, prefix="hermes"))
    assert found == {
        "id": "n1",
        "source": "hermes",
        "at": "2027-01-15T08:00:00+00:00",
        "status": "trouble",
        "kind": "repository",
        "thing": "acme/site",
        "title": BAD.title,
        "text": BAD.text,
        "todo": BAD.todo,
        "page": None,
    }
    assert json.loads(text.as_json(WELL, page=PAGE, prefix="hermes"))["status"] == "well"


def test_slack_gets_no_markup_of_a_server() -> None:
    found = json.loads(text.for_slack(BAD, page=PAGE, prefix="hermes"))["text"]
    assert found.splitlines() == [
        ":warning: *The repository of acme/site cannot be reached* (hermes)",
        "No &lt;access&gt; &amp; so on\\r\\n*bold*",
        "What to do: Check the address.",
        f"<{PAGE}|Open Hermes>",
    ]
    assert json.loads(text.for_slack(WELL, page=None, prefix="p"))["text"] == ":white_check_mark: *Well again* (p)"


def test_teams_gets_a_card() -> None:
    def card(notice: Notice, page: str | None) -> dict[str, Any]:
        (attachment,) = json.loads(text.for_teams(notice, page=page, prefix="hermes"))["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        found: dict[str, Any] = attachment["content"]
        return found

    bad, well = card(BAD, PAGE), card(WELL, None)
    assert [block["text"] for block in bad["body"]][0::3] == [BAD.title, "hermes"]
    assert (bad["body"][0]["color"], well["body"][0]["color"]) == ("Attention", "Good")
    assert bad["actions"][0]["url"] == PAGE
    assert (len(well["body"]), well["actions"]) == (2, [])

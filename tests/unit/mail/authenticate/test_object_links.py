"""Short links to logs: opened by whoever has them, made by nobody else."""

from __future__ import annotations

import pytest

from hermes.mail.authenticate.object_links import PATH, ObjectLinks

URL, NAME = "https://hermes.example.com/", "logs/acme-site-abc12345/3sqv-1.log"
LINKS = ObjectLinks(url=URL, key=b"k" * 32)


def token(name: str = NAME, until: float = 2000.0, links: ObjectLinks = LINKS) -> str:
    return links.link(name, until=until).rpartition("/")[2]


def test_a_link_is_of_our_own_web_and_leads_to_its_object_until_it_is_over() -> None:
    link = LINKS.link(NAME, until=2000.0)
    assert link.startswith(f"https://hermes.example.com{PATH}")
    assert "amazonaws" not in link
    assert LINKS.read(token(), now=2000.0) == NAME
    assert LINKS.read(token(), now=2001.0) is None


@pytest.mark.parametrize(
    "changed",
    [
        token(links=ObjectLinks(url=URL, key=b"x" * 32)),
        token()[:-2] + "AA",
        token()[:10],
        "",
        "not/base64!",
        "é" * 40,
        token(name="mails/1.eml"),
        token(name="../logs/1.log"),
    ],
)
def test_what_was_not_made_here_or_is_no_log_opens_nothing(changed: str) -> None:
    assert LINKS.read(changed, now=0.0) is None

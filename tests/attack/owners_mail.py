"""An owner's mail as each large provider signs it, and what Hermes objects to in it."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

from hermes import errors
from hermes.mail.authenticate import trust, verdict
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings
from hermes.mail.parse import parse
from tests.attack.senders import Dns, Domain

#: Provider -> the `h=` list of its signatures, as their mails show it.
PROVIDERS = {
    "Gmail": "to:subject:message-id:date:from:mime-version:from:to:cc:subject:date:message-id:reply-to",
    "Gmail, an answer": "to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date:message-id:reply-to",
    "Google Workspace": "cc:to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date"
    ":message-id:reply-to",
    "Microsoft 365": "From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck",
    "Outlook.com": "From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck",
    "Yahoo": "Date:From:To:Cc:Subject:References:From:Subject:Reply-To",
    "iCloud": "from:content-type:mime-version:subject:message-id:date:to",
    "Fastmail": "cc:content-transfer-encoding:content-type:content-type:date:date:from:from:in-reply-to:in-reply-to:message-id"
    ":mime-version:references:reply-to:subject:subject:to:to",
    "Zoho": "Date:Date:From:From:To:To:Cc:Message-ID:In-Reply-To:Subject:Subject:MIME-Version:Content-Type:Reply-To:Message-Id",
    "GMX, web.de": "X-UI-Sender-Class:MIME-Version:Message-ID:From:To:Subject:Content-Type:Date:cc:content-transfer-encoding"
    ":content-type:date:from:message-id:mime-version:reply-to:subject:to",
    "Proton": "Date:To:From:Subject:Message-ID:Feedback-ID:From:To:Cc:Date:Subject:Reply-To:Feedback-ID:Message-ID:BIMI-Selector",
    "IONOS": "X-UI-Sender-Class:From:To:Subject:Date:In-Reply-To:References",
    "Mailbox.org": "from:from:reply-to:subject:subject:date:date:message-id:message-id:to:to:cc:cc:mime-version:mime-version"
    ":content-type:content-type:content-transfer-encoding:content-transfer-encoding:in-reply-to:in-reply-to:references",
    "Infomaniak": "Date:From:To:Subject:From",
}
UNSIGNED_TO = {"Microsoft 365", "Outlook.com"}
SITE, FRIEND = "site@agent.example", "friend@example.net"
OWNERS, LISTS = Domain("example.org"), Domain("lists.example")
SERVER, ELSEWHERE = "192.0.2.7", "198.51.100.7"
NOW = time.time()
BODY = (
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease update the title.\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    "<div>Please update the title.</div>\r\n--b--\r\n"
)


def mail(to: str) -> bytes:
    lines = [
        "From: Anna <anna@example.org>",
        f"To: {to}",
        f"Date: {formatdate(NOW - 60)}",
        "Subject: The site",
        "Message-ID: <1@example.org>",
        "In-Reply-To: <0@agent.example>",
        "References: <0@agent.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="b"',
        "X-MS-Exchange-SenderADCheck: 1",
    ]
    return ("\r\n".join([*lines, "", BODY])).encode()


def objection(raw: bytes, facts: DeliveryFacts, settings: Settings | None = None) -> errors.Refusal | None:
    dns = Dns(OWNERS, LISTS, Domain("evil.example", network="198.51.100.0/24"))
    said = asyncio.run(verdict.judge(facts, raw, "example.org", settings=settings or Settings(), resolver=dns))
    assert said.passed, said.reason
    read = parse.parse(raw)
    found = trust.objection(
        read, said.evidence, is_ours=lambda spec: spec == SITE, received_at=NOW, max_age_seconds=7 * 86400
    ) or trust.misread(read, said.evidence)
    return found.refusal if found is not None else None

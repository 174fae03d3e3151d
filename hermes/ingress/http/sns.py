"""Posts of Amazon SNS: notifications signed for one of our topics go to the inbound queue unchanged."""

from __future__ import annotations

import json
import logging
import re
import urllib.parse
from collections.abc import Collection
from typing import Any, Final

from hermes.ingress.http import sns_signature
from hermes.ingress.http.providers import HttpRefusal
from hermes.ingress.mail_store import MailStore

#: Signing certificates that are remembered.
SNS_CERTIFICATES: Final = 16

log = logging.getLogger(__name__)

_HOST = re.compile(r"sns\.[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d\.amazonaws\.com(?:\.cn)?\Z")


class SnsPosts:
    """Handles posts of SNS."""

    def __init__(self, *, depositor: MailStore, topics: Collection[str], fetch: sns_signature.Fetch) -> None:
        """`fetch` gets a file over https; it is asked only for addresses of SNS itself."""
        self._depositor = depositor
        self._topics = topics
        self._fetch = fetch
        self._certificates: dict[str, bytes] = {}

    async def take(self, body: bytes) -> HttpRefusal:
        """Store a notification, confirm a subscription. Raises `errors.HermesError` where that did not work and SNS should try again."""
        try:
            text = body.decode("utf-8")
            post = json.loads(text)
        except (ValueError, RecursionError):
            return HttpRefusal(400, "the post is not JSON")
        if not isinstance(post, dict):
            return HttpRefusal(400, "the post is not a JSON object")
        doubt = await sns_signature.verify(post, topics=self._topics, fetch=self._certificate)
        if doubt:
            log.warning("A post to the SNS ingress was refused: %s", doubt, extra={"action": "sns.refused"})
            return HttpRefusal(403, doubt)
        match post["Type"]:
            case "Notification":
                await self._depositor.notify(text, ingress="sns")
                return HttpRefusal(200, "stored")
            case "SubscriptionConfirmation":
                return await self._confirm(post)
            case _:
                about = {"action": "sns.unsubscribed", "topic": post["TopicArn"]}
                log.warning("An SNS subscription was removed; subscribe again if that was not you.", extra=about)
                return HttpRefusal(200, "noted")

    async def _confirm(self, post: dict[str, Any]) -> HttpRefusal:
        address = str(post["SubscribeURL"])
        try:
            parts = urllib.parse.urlsplit(address)
            asked = urllib.parse.parse_qs(parts.query)
            usual = parts.scheme == "https" and _HOST.match(parts.netloc)
        except ValueError:
            usual, asked = None, {}
        if not usual or asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [post["TopicArn"]]:
            return HttpRefusal(403, "the address for the confirmation is not one of SNS")
        await self._fetch(address)
        log.info("The SNS subscription was confirmed.", extra={"action": "sns.confirmed", "topic": post["TopicArn"]})
        return HttpRefusal(200, "confirmed")

    async def _certificate(self, address: str) -> bytes:
        """Its name changes with its content, so it is asked for once."""
        if address not in self._certificates:
            pem = await self._fetch(address)
            sns_signature.public_key(pem)
            if len(self._certificates) >= SNS_CERTIFICATES:
                self._certificates.clear()
            self._certificates[address] = pem
        return self._certificates[address]

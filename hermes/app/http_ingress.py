"""The way in by HTTP, from the configuration."""

from __future__ import annotations

import time
from collections.abc import Callable

from hermes.config.loading import Config
from hermes.ingress.http import https, providers
from hermes.ingress.http.http import Posts, create_app
from hermes.ingress.http.http_server import HttpIngress
from hermes.ingress.http.sns import SnsPosts
from hermes.ingress.mail_store import MailStore
from hermes.ingress.shared_limits import SharedLimits


def http(config: Config, depositor: MailStore, shared: SharedLimits, *, accepts: Callable[[str], bool]) -> HttpIngress:
    """The server of the providers' webhooks and of SNS, not listening yet."""
    settings = config.http_ingress
    posts = Posts(
        depositor=depositor,
        providers={one.name: providers.make(one, accepts=accepts) for one in settings.providers},
        sns=SnsPosts(depositor=depositor, topics=settings.sns_topics, fetch=https.fetch)
        if settings.sns_topics
        else None,
        now=time.time,
        shared=shared,
    )
    return HttpIngress(app=create_app(posts), shared=shared, host=settings.host, port=settings.port)

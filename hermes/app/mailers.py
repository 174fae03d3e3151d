"""How replies are signed and leave: by which mail server or service, and with which key."""

from __future__ import annotations

from hermes import errors
from hermes.app.oauth import kept
from hermes.aws import clients as aws_clients
from hermes.aws import ses
from hermes.aws.records.stores import Stores
from hermes.config.current import ConfigSource
from hermes.config.loading import Config
from hermes.domain.env import Env
from hermes.gateway.replies import mailer as mailers
from hermes.gateway.replies.postmaster import Postmaster, PostmasterSettings
from hermes.gateway.replies.replies import ReplyWriter, Tokens
from hermes.gateway.replies.reply_copies import ReplyCopies
from hermes.gateway.replies.sending_allowance import SendingAllowance
from hermes.mail.authenticate.object_links import ObjectLinks
from hermes.mail.write.sign import Signer


def mailer(config: Config, stores: Stores, clients: aws_clients.Clients, env: Env) -> mailers.Mailer:
    """What carries replies out."""
    if config.mail.mailer == "ses":
        return mailers.SesMailer(ses=ses.Ses(client=clients.ses), region=config.aws.region)
    smtp = config.mail.smtp
    return mailers.SmtpMailer(
        settings=smtp,
        hostname=config.mail.domain,
        logins=stores.logins,
        kept=kept(smtp.oauth, stores.refresh_tokens, env),
        env=env,
    )


def allowance(config: Config, stores: Stores, env: Env) -> SendingAllowance | None:
    """What counts the replies that a mail server is given; SES has its own quota, which the SDK keeps to."""
    if config.mail.mailer == "ses":
        return None
    return SendingAllowance(counts=stores.sending_counts, settings=config.mail.smtp, env=env)


def signer(config: Config) -> Signer | None:
    """What signs replies, if anything does. Raises `errors.ConfigError` where the key cannot be used."""
    dkim = config.mail.dkim
    if dkim.domain is None or dkim.selector is None or dkim.key_file is None:
        return None
    try:
        key = dkim.key_file.read_bytes()
    except OSError as error:
        raise errors.ConfigError(f"mail.dkim.key_file {dkim.key_file} cannot be read: {error.strerror}") from error
    made = Signer(domain=dkim.domain, selector=dkim.selector, key=key)
    made.sign(b"From: hermes\r\n\r\n")
    return made


def postmaster(source: ConfigSource, stores: Stores, env: Env) -> Postmaster:
    """What sends mail to the postmaster on to the operator."""
    config = source.current
    settings = PostmasterSettings(
        is_postmaster=lambda recipient: source.current.is_postmaster(recipient),
        operator=config.mail.postmaster,
        domain=config.mail.domain,
        name=config.mail.name,
        prefix=config.prefix,
        lease_seconds=config.timing.reply_lease,
    )
    return Postmaster(stores=stores, settings=settings, env=env)


def writer(source: ConfigSource, tokens: Tokens | None, env: Env) -> ReplyWriter:
    """What composes replies."""
    config = source.current
    signs = signer(config)
    return ReplyWriter(
        domain=config.mail.domain,
        name=config.mail.name,
        prefix=config.prefix,
        tokens=tokens,
        lease_seconds=config.timing.reply_lease,
        env=env,
        copies=ReplyCopies(config=source),
        sign=signs.sign if signs is not None else None,
    )


def object_links(config: Config) -> ObjectLinks | None:
    """The short links of our own web; None without its address, or without a key that all gateways share."""
    web, key = config.web, config.mail.token_key
    return ObjectLinks(url=web.url, key=key.encode()) if web.enabled and web.url and key else None

"""The mail checks of `hermes check`: the sending mail server, the IMAP mailbox, the secrets of HTTP posts, and the DKIM key."""

from __future__ import annotations

import asyncio

from hermes import errors, limits
from hermes.app import mailers as mailing
from hermes.app.records import connect
from hermes.aws.ses import Ses
from hermes.config.loading import Config
from hermes.ingress.resolver import Resolver
from hermes.mail.authenticate.lookup import Resolver as Lookup
from hermes.mail.write.sign import Signer
from hermes.ops import authserv_check, imap_check, sending_check
from hermes.ops.findings import Found

_SECONDS = 15.0
#: Fewer different characters than that are a word or a pattern.
_CHARACTERS = 10
#: What the documentation writes in their place.
_EXAMPLES = frozenset({"the webhook signing key", "a long random password", "a long random key"})
_SECRET = "create one with `openssl rand -hex 32`, and set it on both sides"  # noqa: S105 - a sentence


async def run(config: Config, *, lookup: Lookup | None = None) -> list[Found]:
    """Run the checks of all enabled features. `lookup` asks DNS."""
    found = [await _out(config)]
    if config.imap_ingress.enabled:
        found.append(await imap_check.mailbox(config.imap_ingress))
        if found[-1].ok and (vouching := await authserv_check.check(config.imap_ingress)) is not None:
            found.append(vouching)
    if config.http_ingress.enabled:
        found.append(_posts(config))
    if config.mail.dkim.key_file is not None:
        found.append(await _signature(config, lookup or Resolver()))
    return found


async def _out(config: Config) -> Found:
    if config.mail.mailer == "ses":
        try:
            async with asyncio.timeout(_SECONDS), connect(config) as clients:
                return await sending_check.run_ses(config, Ses(client=clients.ses))
        except TimeoutError:
            return Found("mail out", False, "SES does not answer", "check the network, the region and aws.endpoint_url")
    return await sending_check.run(config)


def _posts(config: Config) -> Found:
    """Find secrets that can be guessed or that two providers share: everybody who knows one may post mail."""
    name, settings = "mail in by HTTP", config.http_ingress
    for provider in settings.providers:
        if provider.secret.strip() in _EXAMPLES or len(set(provider.secret)) < _CHARACTERS:
            return Found(name, False, f"the secret of {provider.name!r} can be guessed", _SECRET)
    secrets = [provider.secret for provider in settings.providers]
    if len(set(secrets)) < len(secrets):
        shared = sorted(one.name for one in settings.providers if secrets.count(one.secret) > 1)
        return Found(name, False, f"{' and '.join(shared)} have the same secret", "give each provider its own secret")
    known = [f"/ingress/{one.name} ({one.kind})" for one in settings.providers]
    known += ["/ingress/sns"] if settings.sns_topics else []
    return Found(name, True, f"port {settings.port} of {settings.host} takes posts to {', '.join(known)}")


async def _signature(config: Config, lookup: Lookup) -> Found:
    name = "signature of replies"
    try:
        signer = mailing.signer(config)
    except errors.ConfigError as error:
        todo = "mail.dkim.key_file must hold a private RSA key: `openssl genrsa -out dkim.pem 2048` creates one"
        return Found(name, False, error.message, todo)
    if signer is None:
        return Found(name, False, "mail.dkim is not complete", "set domain, selector and key_file")
    if signer.bits < limits.DKIM_KEY_BITS:
        return Found(
            name, False, f"the key has {signer.bits} bits; receivers require at least 1024", "create one with 2048"
        )
    return await _published(name, signer, lookup)


async def _published(name: str, signer: Signer, lookup: Lookup) -> Found:
    where = signer.record_name
    todo = f"publish this TXT record at {where}: {signer.record()}"
    try:
        records = await lookup(where, "TXT")
    except errors.HermesError as error:
        return Found(name, False, error.message, f"check the network; once it answers: {todo}")
    if not records:
        return Found(
            name, False, f"the key is valid, but DNS has no record at {where}, so no receiver can check it", todo
        )
    if len(records) > 1:
        return Found(
            name, False, f"DNS has {len(records)} records at {where}; receivers then ignore all", f"keep one; {todo}"
        )
    if not signer.publishes(records[0]):
        return Found(name, False, f"DNS has another key at {where} than mail.dkim.key_file", todo)
    return Found(name, True, f"{signer.bits} bits, and DNS has the same key at {where}")

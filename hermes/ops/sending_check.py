"""The check of the sending mail server: a reply's whole way but the mail itself (MAIL, RCPT, RSET), with a return path as replies have."""

from __future__ import annotations

from typing import Final

from hermes import errors
from hermes.aws.refusals import Need
from hermes.aws.ses import Ses
from hermes.config.loading import Config
from hermes.config.sections import Project
from hermes.gateway.replies.replies import Tokens
from hermes.gateway.replies.smtp_dialogue import SmtpDialogue
from hermes.gateway.replies.smtp_opening import SmtpOpening
from hermes.mail.write import envelope
from hermes.ops.findings import Found

_NAME: Final = "mail out"
#: No step takes longer: an operator waits.
_SECONDS: Final = 15.0
#: Addresses of ours that are tried; no mail server distinguishes more of them.
_ADDRESSES: Final = 20
#: What a reply's return path is made of, where none was written.
_REPLY_ID: Final = f"{'check':a<32}#final"


async def run_ses(config: Config, ses: Ses) -> Found:
    """Ask SES whether it lets the projects' addresses send, and to whom."""
    try:
        account = await ses.account()
        if not account.sending:
            return Found(
                _NAME, False, "SES sends nothing for this account", "look at the account's status in the SES console"
            )
        for sender in dict.fromkeys(address for project in config.projects for address in project.addresses):
            if not await ses.verified(sender):
                return Found(_NAME, False, f"SES has no verified identity for {sender}", "verify its domain in SES")
        if account.production:
            return Found(_NAME, True, "by SES; it sends from the addresses of all projects")
        for owner in dict.fromkeys(owner for project in config.projects for owner in project.owners):
            if not await ses.verified(owner):
                text = f"SES is in its sandbox, and {owner} is not verified there: replies to it are refused, and kept"
                return Found(_NAME, False, text, "ask for production access; then `hermes mail resend --all`")
    except errors.HermesError as error:
        if isinstance(error, errors.AwsUnavailable) and error.need == Need.PERMISSION:
            text = f"by SES; it was not looked at: {error.message}"
            return Found(_NAME, True, text, "allow ses:GetAccount, ses:GetEmailIdentity")
        return Found(_NAME, False, error.message, "check the network, the region and aws.endpoint_url")
    return Found(_NAME, True, "by SES in its sandbox; every owner is verified there")


async def run(config: Config) -> Found:
    """Connect, log in, and offer a reply from each project's address to one of its owners."""
    smtp = config.mail.smtp
    where = f"{smtp.host}:{smtp.port}"
    try:
        opening = SmtpOpening(settings=smtp, hostname=config.mail.domain, most_seconds=_SECONDS)
        dialogue = await opening.open()
    except errors.ConfigError as error:
        return Found(_NAME, False, error.message, "check mail.smtp.ca_file")
    except errors.SenderRefused as error:
        todo = "check mail.smtp.username, password, security and ca_file, and that the server lets this host in"
        return Found(_NAME, False, error.message, todo)
    except errors.MailDeferred as error:
        return Found(_NAME, False, error.message, "check mail.smtp.host, port and security, and that the server runs")
    try:
        return await _walk(config, dialogue, where)
    finally:
        dialogue.client.close()


async def _walk(config: Config, dialogue: SmtpDialogue, where: str) -> Found:
    tokens = Tokens(config.mail.token_key.encode(), config.mail.token_style) if config.mail.token_key else None
    ways = _ways(config, tokens)
    later = ""
    for sender, recipient in ways:
        try:
            await dialogue.probe(envelope.plain(sender), envelope.plain(recipient))
        except errors.SenderRefused as error:
            todo = f"let the account send from {sender}, and from every address of that form, and relay to {recipient}"
            return Found(_NAME, False, error.message, todo)
        except (errors.MailRejected, ValueError) as error:
            text = f"a reply to {recipient} is refused: {error}"
            return Found(_NAME, False, text, "check the owners of the project, or whether the server knows them")
        except errors.MailDeferred as error:
            later = f"; it defers for now: {error.message}"
            break
    return Found(
        _NAME, True, f"{where} answers" + (later or f" and takes replies from {len(ways)} address(es)" * bool(ways))
    )


def _ways(config: Config, tokens: Tokens | None) -> list[tuple[str, str]]:
    """Return path and recipient of a reply from each address of each project."""
    found = [
        (tokens.return_path(address, _REPLY_ID) if tokens else address, _owner(project) or address)
        for project in config.projects
        for address in project.addresses
    ]
    return found[:_ADDRESSES]


def _owner(project: Project) -> str | None:
    """Somebody who gets replies; of a whole domain its postmaster, whom each has (RFC 5321, 4.5.1)."""
    people = [owner for owner in project.owners if not owner.startswith("@")]
    domains = [owner for owner in project.owners if owner.startswith("@")]
    return next(iter([*people, *(f"postmaster{domain}" for domain in domains)]), None)

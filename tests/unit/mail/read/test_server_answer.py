"""What a mail server's refusal means: final only where it is about this recipient or this content."""

from __future__ import annotations

import pytest

from hermes.mail.read.server_answer import Blame, ServerAnswer, SmtpStep, blame

#: As servers and providers say it (public bug reports, vendors' pages, Postfix's own sources), and who is to mend it.
ANSWERS = [
    # The recipient or the content.
    (SmtpStep.RCPT, 550, "5.1.1 <anna@people.test>: Recipient address rejected: User unknown in local recipient table", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.1.1 <a@b.test>: Recipient address rejected: User unknown in relay recipient table", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.1.1 The email account that you tried to reach does not exist. Please try double-checking", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.1.1 Bo\udceete inconnue", Blame.MAIL),
    (SmtpStep.RCPT, 556, "5.1.10 Recipient address has null MX", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.2.1 The email account that you tried to reach is disabled", Blame.MAIL),
    (SmtpStep.CONTENT, 552, "5.2.2 The email account that you tried to reach is over quota", Blame.MAIL),
    (SmtpStep.CONTENT, 552, "5.2.3 Your message exceeded Google's message size limits", Blame.MAIL),
    (SmtpStep.MAIL, 552, "5.3.4 Message size exceeds fixed limit", Blame.MAIL),
    (SmtpStep.CONTENT, 552, "5.3.4 message exceeds maximum size limit", Blame.MAIL),
    (SmtpStep.CONTENT, 554, "5.6.0 we do not like it", Blame.MAIL),
    (SmtpStep.CONTENT, 550, "5.6.11 Invalid characters", Blame.MAIL),
    (SmtpStep.CONTENT, 550, "5.6.7 SMTPUTF8 is required, but was not offered", Blame.MAIL),
    (SmtpStep.RCPT, 550, "No such user here", Blame.MAIL),
    (SmtpStep.RCPT, 550, "<anna@people.test>: user unknown", Blame.MAIL),
    (SmtpStep.RCPT, 553, "sorry, no mailbox here by that name (#5.1.1)", Blame.MAIL),
    (SmtpStep.RCPT, 550, "5.0.0 User unknown", Blame.MAIL),
    (SmtpStep.RCPT, 552, "mailbox is full", Blame.MAIL),
    (SmtpStep.RCPT, 550, "#5.1.0 Address rejected.", Blame.MAIL),
    (SmtpStep.RCPT, 550, "[5.1.1] Unbekannter Empf\udce4nger", Blame.MAIL),
    (SmtpStep.RCPT, 556, "that domain takes no mail", Blame.MAIL),
    (SmtpStep.CONTENT, 554, "delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.test) [0]", Blame.MAIL),
    (SmtpStep.MAIL, 552, "Message size exceeds maximum permitted", Blame.MAIL),
    (SmtpStep.MAIL, 552, "5.2.3 Message length exceeds administrative limit", Blame.MAIL),
    (SmtpStep.MAIL, 550, "5.6.7 SMTPUTF8 is required", Blame.MAIL),
    (SmtpStep.CONTENT, 552, "Message too large", Blame.MAIL),
    # The account, our address, the host, the hour.
    (SmtpStep.RCPT, 553, "5.7.1 <site@hermes.test>: Sender address rejected: not owned by user hermes", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.1.0 <site@hermes.test>: Sender address rejected: User unknown in local recipient table", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "5.1.0 address rejected", Blame.OPERATOR),
    (SmtpStep.MAIL, 501, "5.1.7 Bad sender address syntax", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.1.8 Access denied, bad outbound sender", Blame.OPERATOR),
    (SmtpStep.CONTENT, 550, "5.1.90 Your message can't be sent because you've reached your daily limit for recipients", Blame.OPERATOR),
    (SmtpStep.CONTENT, 554, "5.2.252 SendAsDenied; hermes@x.test not allowed to send as site@hermes.test", Blame.OPERATOR),
    (SmtpStep.CONTENT, 554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "5.2.2 Submission quota exceeded", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", Blame.OPERATOR),
    (SmtpStep.MAIL, 530, "5.7.57 Client not authenticated to send mail", Blame.OPERATOR),
    (SmtpStep.MAIL, 530, "5.7.0 Must issue a STARTTLS command first", Blame.OPERATOR),
    (SmtpStep.MAIL, 530, "5.1.1 authenticate first", Blame.OPERATOR),
    (SmtpStep.RCPT, 554, "5.7.1 <anna@people.test>: Relay access denied", Blame.OPERATOR),
    (SmtpStep.RCPT, 504, "5.5.2 <hermes>: Helo command rejected: need fully-qualified hostname", Blame.OPERATOR),
    (SmtpStep.RCPT, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Blame.OPERATOR),
    (SmtpStep.CONTENT, 550, "5.4.5 Daily user sending limit exceeded", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.4.1 Recipient address rejected: Access denied", Blame.OPERATOR),
    (SmtpStep.DATA, 503, "5.5.1 Bad sequence of commands", Blame.OPERATOR),
    (SmtpStep.DATA, 502, "Command not implemented", Blame.OPERATOR),
    (SmtpStep.DATA, 554, "no valid recipients", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "Requested action not taken: mailbox unavailable\nFailure sending mail. Try again later", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "relay not permitted", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "Unknown user: authentication required", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "unknown user", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "5.1.1 <site@hermes.test>... User unknown", Blame.OPERATOR),
    (SmtpStep.MAIL, 553, "5.1.3 Bad address syntax", Blame.OPERATOR),
    (SmtpStep.MAIL, 550, "5.2.1 Mailbox disabled, not accepting messages", Blame.OPERATOR),
    (SmtpStep.MAIL, 552, "5.2.2 Over quota", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.1.1 <anna@people.test>... Relaying denied", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.1.2 relay not permitted", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.1.1 Authentication is required for relay", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", Blame.OPERATOR),
    (SmtpStep.RCPT, 550, "5.2.0 Greylisted, please come back", Blame.OPERATOR),
    (SmtpStep.CONTENT, 552, "5.2.0 too many messages from your account", Blame.OPERATOR),
    (SmtpStep.RCPT, 553, "sorry, that domain isn't in my list of allowed rcpthosts", Blame.OPERATOR),
    (SmtpStep.CONTENT, 554, "", Blame.OPERATOR),
    (SmtpStep.GREETING, 554, "5.1.1 no SMTP service here", Blame.OPERATOR),
    (SmtpStep.LOGIN, 535, "5.7.8 Error: authentication failed", Blame.OPERATOR),
    # It passes.
    (SmtpStep.RCPT, 450, "4.2.0 <anna@people.test>: Recipient address rejected: Greylisted", Blame.MOMENT),
    (SmtpStep.RCPT, 450, "5.1.1 the basic code rules", Blame.MOMENT),
    (SmtpStep.RCPT, 550, "4.7.1 the milder of two codes rules", Blame.MOMENT),
    (SmtpStep.CONTENT, 421, "4.3.2 shutting down", Blame.MOMENT),
    (SmtpStep.MAIL, 334, "nonsense", Blame.MOMENT),
    (SmtpStep.CONTENT, 999, "nonsense", Blame.MOMENT),
]  # fmt: skip


@pytest.mark.parametrize(("step", "code", "text", "whose"), ANSWERS)
def test_a_refusal_is_final_only_if_it_is_about_this_recipient_or_this_content(
    step: SmtpStep, code: int, text: str, whose: Blame
) -> None:
    assert blame(ServerAnswer(code, text), step) is whose


def test_the_enhanced_code_is_read_from_the_first_line_that_has_one() -> None:
    assert ServerAnswer(550, "Sorry\n5.1.1 no such user").enhanced == (5, 1, 1)
    assert ServerAnswer(553, "sorry, no mailbox here by that name. (#5.1.1)").enhanced == (5, 1, 1)
    assert ServerAnswer(550, "see version 5.1.1 of our terms").enhanced is None
    assert ServerAnswer(250, "2.0.0 Ok").enhanced == (2, 0, 0)


def test_words_are_one_clean_line_whatever_the_server_sent() -> None:
    raw = b"5.1.1 Bo\xeete \x1b[31minconnue\r\n\xc7\xeb\x00".decode("utf-8", "surrogateescape")

    said = str(ServerAnswer(550, raw))

    assert said == r"550 5.1.1 Bo\xeete \u001b[31minconnue \xc7\xeb\u0000"
    said.encode()


def test_words_hold_no_character_that_nobody_sees() -> None:
    assert ServerAnswer(550, "no\u202e\ufeff\u200b such\r\n\tuser").words == r"no\u202e\ufeff\u200b such user"


def test_what_has_no_code_is_shown_without_one() -> None:
    assert str(ServerAnswer(0, "hello there")) == "hello there"


def test_words_end_somewhere() -> None:
    assert len(ServerAnswer(550, "very " * 10_000).words) == 300


@pytest.mark.parametrize(("code", "known"), [(250, True), (599, True), (199, False), (-1, False), (777, False)])
def test_a_code_that_smtp_has_not_is_nonsense(code: int, known: bool) -> None:
    assert ServerAnswer(code, "").known is known

"""The mail that tells the operator of trouble."""

from __future__ import annotations

import email
import email.policy

from hermes.mail.write import alert_mail
from hermes.mail.write.alert_mail import AlertMail


def test_it_is_a_plain_mail_of_a_machine_and_no_word_of_a_server_makes_a_header() -> None:
    for message_id in ("1@hermes.test", "<1@hermes.test>"):
        raw = alert_mail.compose(
            AlertMail(
                message_id=message_id,
                date=1772366400.0,
                sender_name="Hermes\r\nBcc: eve@evil.test",
                sender="site@hermes.test",
                recipient="operator@people.test",
                subject="[hermes] The repository of ü\r\nX-Evil: yes" + "x" * 2000,
                text="Die Größe.\n\n.\nFrom here\n",
                loop="hermes",
            )
        )
        assert raw.isascii()
        made = email.message_from_bytes(raw, policy=email.policy.default)
        assert set(made.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Hermes-Loop", "Content-Type",
            "Content-Transfer-Encoding", "MIME-Version",
        }  # fmt: skip
        assert made["Message-ID"] == "<1@hermes.test>"
        assert made.get_content().replace("\r\n", "\n") == "Die Größe.\n\n.\nFrom here\n"

"""SES: what may have been sent is told apart from what was not, and what the account may send is found."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from hermes import errors
from hermes.aws.ses import Ses
from hermes.config import loading as config
from hermes.gateway.replies.mailer import SesMailer
from hermes.ops import sending_check
from hermes.ops.findings import Found

URL = "https://email.eu-central-1.amazonaws.com"
SANDBOX = (
    "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: anna@people.test, "
    "arn:aws:ses:eu-central-1:123456789012:identity/people.test"
)


class Client:
    """An SES client that answers with this."""

    def __init__(
        self, answer: Any = None, *, account: dict[str, Any] | None = None, verified: tuple[str, ...] = ()
    ) -> None:
        self._answer = answer
        self._account = account or {"SendingEnabled": True, "ProductionAccessEnabled": True}
        self._verified = verified

    async def send_email(self, **_: Any) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def get_account(self) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._account

    async def get_email_identity(self, EmailIdentity: str) -> Any:
        if EmailIdentity in self._verified:
            return {"VerifiedForSendingStatus": True}
        if EmailIdentity.startswith("pending"):
            return {"VerifiedForSendingStatus": False}
        raise refusal("NotFoundException", "no such identity", status=404)


def refusal(code: str, text: str, *, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("MessageRejected", SANDBOX), errors.SenderRefused),
        (refusal("MessageRejected", "Sending paused for this account."), errors.SenderRefused),
        (refusal("BadRequestException", "Email address is not verified."), errors.SenderRefused),
        (refusal("MailFromDomainNotVerifiedException", "no"), errors.SenderRefused),
        (refusal("AccountSuspendedException", "no"), errors.SenderRefused),
        (refusal("AccessDeniedException", "User: arn:aws:iam::1:role/x is not authorized"), errors.SenderRefused),
        (refusal("MessageRejected", "Contains a virus"), errors.MailRejected),
        (refusal("BadRequestException", "Domain contains illegal character"), errors.MailRejected),
        (refusal("TooManyRequestsException", "Maximum sending rate exceeded.", status=429), errors.MailDeferred),
        (refusal("ServiceUnavailable", "later", status=503), errors.MailDeferred),
        (boto.EndpointConnectionError(endpoint_url=URL), errors.MailDeferred),
        (boto.ConnectTimeoutError(endpoint_url=URL), errors.MailDeferred),
        (boto.ReadTimeoutError(endpoint_url=URL), errors.MailUnanswered),
        (boto.ConnectionClosedError(endpoint_url=URL), errors.MailUnanswered),
        (boto.HTTPClientError(error="reset"), errors.MailUnanswered),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one.__name__,
)
async def test_an_answer_leads_to_what_it_is_about(answer: Exception, kind: type[Exception]) -> None:
    mailer = SesMailer(ses=Ses(client=Client(answer)), region="eu-central-1")

    with pytest.raises(kind) as raised:
        await mailer.send(raw=b"x", sender="site@hermes.test", recipient="anna@people.test")

    assert type(raised.value) is kind


async def test_an_address_that_no_server_takes_is_not_offered() -> None:
    mailer = SesMailer(ses=Ses(client=Client({"MessageId": "1"})), region="eu-central-1")

    with pytest.raises(errors.MailRejected):
        await mailer.send(raw=b"x", sender="site@hermes.test", recipient="anna b@people.test")


async def checked(client: Client, *, owners: tuple[str, ...] = ("anna@people.test", "@acme.example")) -> Found:
    project = {
        "client": "acme",
        "project": "site",
        "repository": "https://git.example.com/site.git",
        "addresses": ["site@mail.agent.example.com"],
        "owners": list(owners),
        "agent": {"kind": "patch"},
    }
    return await sending_check.run_ses(
        config.parse({"mail": {"mailer": "ses"}, "projects": [project]}), Ses(client=client)
    )


IN_SANDBOX = {"SendingEnabled": True, "ProductionAccessEnabled": False}


@pytest.mark.parametrize(
    ("client", "ok", "says"),
    [
        (Client(verified=("agent.example.com",)), True, "all projects"),
        (Client(verified=("site@mail.agent.example.com",)), True, "all projects"),
        (Client(), False, "no verified identity for site@"),
        (Client(account={"SendingEnabled": False}), False, "sends nothing"),
        (Client(account={"SendingEnabled": True, "EnforcementStatus": "SHUTDOWN"}), False, "sends nothing"),
        (Client(account=IN_SANDBOX, verified=("agent.example.com",)), False, "anna@people.test is not verified"),
        (Client(account=IN_SANDBOX, verified=("agent.example.com", "people.test")), False, "@acme.example is not"),
        (Client(account=IN_SANDBOX, verified=("agent.example.com", "people.test", "acme.example")), True, "sandbox"),
        (Client(refusal("AccessDeniedException", "not authorized")), True, "not looked at"),
        (Client(boto.EndpointConnectionError(endpoint_url=URL)), False, "Could not connect"),
    ],
)
async def test_what_the_account_may_not_send_is_a_red_line(client: Client, ok: bool, says: str) -> None:
    found = await checked(client)

    assert (found.ok, says in found.text) == (ok, True), found


async def test_an_identity_that_waits_for_its_dns_records_is_not_verified() -> None:
    assert not await Ses(client=Client()).verified("pending@people.test")

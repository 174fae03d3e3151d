"""The table of refusals: every error of every call of ours has a row, and what no row knows is tried again."""

from __future__ import annotations

from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from hermes import errors
from hermes.aws import calls, queues, refusals
from hermes.aws.refusals import Need, RefusalMeaning, RefusalVerdict

#: The calls of the product.
CALLS: Final = {
    "sqs": "ReceiveMessage SendMessage SendMessageBatch DeleteMessageBatch ChangeMessageVisibilityBatch CreateQueue GetQueueUrl"
    " GetQueueAttributes SetQueueAttributes DeleteQueue ListQueues",
    "dynamodb": "GetItem BatchGetItem PutItem UpdateItem DeleteItem Query Scan TransactWriteItems",
    "s3": "GetObject PutObject HeadObject DeleteObject ListObjectsV2",
    "ecs": "RunTask DescribeTasks StopTask ListTasks",
    "sesv2": "SendEmail GetAccount GetEmailIdentity",
    "sns": "Publish",
}
#: Unsure: ECS says with it whatever it cannot do now, in words of which the table knows the most frequent.
UNSURE: Final = {"Client"}
#: Handled before the table is asked.
APART: Final = {"ConditionalCheckFailed", "TransactionCanceled"}
PASSING: Final = [
    ("AccessDenied", "Access Denied", 403, Need.PERMISSION),
    ("AccessDeniedException", "User: arn:aws:sts::1:x is not authorized to perform: sqs:SendMessage", 400, Need.PERMISSION),
    ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403, Need.CLOCK),
    ("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than", 403, Need.CLOCK),
    ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403, Need.CREDENTIALS),
    ("UnrecognizedClientException", "The security token included in the request is invalid.", 400, Need.CREDENTIALS),
    ("InvalidClientTokenId", "The security token included in the request is invalid.", 403, Need.CREDENTIALS),
    ("ExpiredToken", "The provided token has expired.", 400, Need.CREDENTIALS),
    ("KMS.ThrottlingException", "slow", 400, Need.PACE),
    ("KmsThrottled", "slow", 400, Need.PACE),
    ("KMS.DisabledException", "the key is disabled", 400, Need.KEY),
    ("KmsAccessDenied", "no", 400, Need.KEY),
    ("KMS.NotFoundException", "no such key", 400, Need.KEY),
    ("408", "Request Timeout", 408, Need.NOTHING),
    ("", "", 408, Need.NOTHING),
    ("", "", 429, Need.PACE),
    ("429", "Too Many Requests", 429, Need.PACE),
    ("403", "Forbidden", 403, Need.PERMISSION),
    ("ReplicatedWriteConflictException", "another region", 400, Need.CONFLICT),
    ("ResourceNotFoundException", "Requested resource not found", 400, Need.RESOURCE),
    ("NoSuchBucket", "The specified bucket does not exist", 404, Need.RESOURCE),
    ("ClientException", "ECS was unable to assume the role 'arn:aws:iam::1:role/x'", 400, Need.ROLE),
    ("InvalidParameterException", "Unable to assume the service linked role.", 400, Need.ROLE),
    ("AccessDeniedException", "not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x", 400, Need.PASS_ROLE),
    ("InvalidParameterException", "Error retrieving security group information: Request limit exceeded.", 400, Need.PACE),
    ("ClientException", "Too many concurrent attempts to create a new revision of the specified family.", 400, Need.PACE),
    ("ClientException", "something that nobody has seen", 400, Need.NOTHING),
    ("NobodyKnows", "something that nobody has seen", 400, Need.NOTHING),
    ("com.amazonaws.sqs#AccessDeniedException", "no", 400, Need.PERMISSION),
    ("MessageRejected", "Email address is not verified. The following identities failed the check", 400, Need.SANDBOX),
]  # fmt: skip
FINAL: Final = [
    ("NoSuchKey", "The specified key does not exist.", 404, RefusalVerdict.NO),
    ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400, RefusalVerdict.NO),
    ("QueueDoesNotExist", "The specified queue does not exist.", 400, RefusalVerdict.NO),
    ("MessageRejected", "Contains a virus", 400, RefusalVerdict.NO),
    ("ValidationException", "One or more parameter values were invalid", 400, RefusalVerdict.OURS),
    ("InvalidParameterException", "TaskDefinition is inactive", 400, RefusalVerdict.OURS),
    ("ClientException", "TaskDefinition not found.", 400, RefusalVerdict.OURS),
    ("ClusterNotFoundException", "Cluster not found.", 400, RefusalVerdict.OURS),
]


def named() -> set[str]:
    """The codes of the errors in the service models of our calls, as the table has them."""
    found = set()
    for service, operations in CALLS.items():
        model = botocore.session.get_session().get_service_model(service)
        for operation in operations.split():
            for shape in model.operation_model(operation).error_shapes:
                found.add(str(shape.metadata.get("error", {}).get("code") or shape.name))
    return {code.rpartition(".")[2].removesuffix("Exception") for code in found}


def test_every_error_that_a_service_model_names_has_a_row() -> None:
    keys = {code for code in named() if code.lower().startswith("kms")}

    assert named() - keys - UNSURE - APART - set(refusals.CODES) == set()
    assert {refusals.meaning(code).verdict for code in keys} == {RefusalVerdict.AGAIN}


@pytest.mark.parametrize(("code", "text", "status", "need"), PASSING)
def test_what_passes_is_tried_again(code: str, text: str, status: int, need: Need) -> None:
    assert refusals.meaning(code, text, status=status) == RefusalMeaning(RefusalVerdict.AGAIN, need)


@pytest.mark.parametrize(("code", "text", "status", "need"), PASSING)
def test_an_error_that_passes_is_transient_and_says_what_the_operator_can_do(
    code: str, text: str, status: int, need: Need
) -> None:
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found = calls.mapped("SQS SendMessage", ClientError(answer, "SendMessage"))

    assert isinstance(found, errors.Transient)
    if need in refusals.TODO:
        assert isinstance(found, errors.AwsUnavailable)
        assert (found.need, found.todo) == (need.value, refusals.TODO[need])


@pytest.mark.parametrize(("code", "text", "status", "verdict"), FINAL)
def test_what_is_final_is_not_tried_again(code: str, text: str, status: int, verdict: RefusalVerdict) -> None:
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}

    assert refusals.meaning(code, text, status=status).verdict is verdict
    assert isinstance(calls.mapped("ECS RunTask", ClientError(answer, "RunTask")), errors.AwsRefused)


@pytest.mark.parametrize(
    ("reason", "need"),
    [
        ("You've reached the limit on the number of vCPUs you can run concurrently", Need.QUOTA),
        ("You’ve reached the limit on the number of tasks that you can run concurrently", Need.QUOTA),
        ("Internal error.", Need.NOTHING),
        ("Capacity is unavailable at this time. Please try again later or in a different availability zone", Need.CAPACITY),
        ("RESOURCE:ENI", Need.CAPACITY),
        ("AGENT", Need.CAPACITY),
        ("ECS was unable to assume the role", Need.ROLE),
        ("a reason of next year", Need.NOTHING),
    ],
)  # fmt: skip
def test_a_failure_of_run_task_that_passes_is_tried_again(reason: str, need: Need) -> None:
    assert refusals.launch_meaning(reason) == RefusalMeaning(RefusalVerdict.AGAIN, need)


@pytest.mark.parametrize("reason", ["MISSING", "INACTIVE", "ATTRIBUTE", "LOCATION"])
def test_a_failure_of_run_task_about_what_was_asked_for_is_ours(reason: str) -> None:
    assert refusals.launch_meaning(reason).verdict is RefusalVerdict.OURS


def test_a_need_that_somebody_has_to_meet_has_words_for_the_operator() -> None:
    assert set(Need) - set(refusals.TODO) == {Need.NOTHING, Need.PACE, Need.CONFLICT}


def test_credentials_that_are_missing_for_a_while_are_waited_for() -> None:
    found = calls.mapped("DynamoDB GetItem", NoCredentialsError())

    assert isinstance(found, errors.AwsUnavailable)
    assert found.need == Need.CREDENTIALS


def test_a_transaction_whose_item_another_region_writes_is_busy() -> None:
    reasons = [{"Code": "None"}, {"Code": "ReplicatedWriteConflict"}]
    answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}

    assert isinstance(calls.mapped("what", ClientError(answer, "TransactWriteItems")), errors.TransactionBusy)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"Id": "0", "SenderFault": True, "Code": "AccessDenied", "Message": "no"}, errors.Transient),
        ({"Id": "0", "SenderFault": True, "Code": "KMS.ThrottlingException", "Message": "slow"}, errors.Transient),
        ({"Id": "0", "SenderFault": False, "Code": "InternalError", "Message": "oops"}, errors.Transient),
        ({"Id": "0", "SenderFault": True, "Code": "InvalidMessageContents", "Message": "U+FFFF"}, errors.AwsRefused),
        ({"Id": "0", "SenderFault": True, "Code": "ReceiptHandleIsInvalid", "Message": "old"}, errors.AwsRefused),
    ],
)
def test_an_entry_of_a_call_of_several_is_judged_by_the_same_table(
    entry: dict[str, Any], kind: type[Exception]
) -> None:
    assert isinstance(queues.failure("SQS SendMessageBatch", entry), kind)
    assert bool(queues.passing("what", {"Failed": [entry]})) is (kind is errors.Transient)

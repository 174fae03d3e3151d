"""Errors are mapped once, and every one of botocore's is."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import aiohttp
import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from hermes import errors
from hermes.aws import calls

#: botocore's errors that no later try mends, each looked at. A new one that is in neither list fails here.
PERMANENT = set(
    """
    AliasConflictParameterError ApiVersionNotFoundError AwsChunkedWrapperError BaseEndpointResolverError ConfigNotFound
    ConfigParseError DataNotFoundError EndpointProviderError EndpointResolutionError EndpointVariantError InfiniteLoopConfigError
    InvalidChecksumConfigError InvalidConfigError InvalidDNSNameError InvalidDefaultsMode InvalidEndpointConfigurationError
    InvalidEndpointDiscoveryConfigurationError InvalidExpressionError InvalidHostLabelError InvalidIMDSEndpointError
    InvalidIMDSEndpointModeError InvalidMaxRetryAttemptsError InvalidProxiesConfigError InvalidRegionError
    InvalidRetryConfigurationError InvalidRetryModeError InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError
    InvalidSTSRegionalEndpointsConfigError LoginAuthorizationCodeError LoginError LoginInsufficientPermissions LoginRefreshRequired
    LoginTokenLoadError MD5UnavailableError MissingDependencyException MissingParametersError NoAuthTokenError
    NoRegionError OperationNotPageableError PaginationError ParamValidationError ProfileNotFound RangeError
    RefreshWithMFAUnsupportedError SSOError SSOTokenLoadError ServiceNotInRegionError StubAssertionError StubResponseError
    UnStubbedResponseError UnknownClientMethodError UnknownCredentialError UnknownEndpointError UnknownEndpointResolutionBuiltInName
    UnknownFIPSEndpointError UnknownKeyError UnknownParameterError UnknownRegionError UnknownServiceError UnknownServiceStyle
    UnknownSignatureVersionError UnknownTokenProviderError UnseekableStreamError UnsupportedOutpostResourceError
    UnsupportedS3AccesspointConfigurationError UnsupportedS3ArnError UnsupportedS3ConfigurationError UnsupportedS3ControlArnError
    UnsupportedS3ControlConfigurationError UnsupportedServiceProtocolsError UnsupportedSignatureVersionError ValidationError
    WaiterConfigError
    """.split()  # noqa: SIM905 — a list of words reads better in lines
)


def made(kind: type[Exception]) -> Exception:
    """An instance without its arguments: only its class is looked at, and its words."""
    error = kind.__new__(kind)
    error.args = ("words",)
    return error


def lower() -> list[type[Exception]]:
    classes: list[Any] = [kind for _, kind in inspect.getmembers(boto, inspect.isclass)]
    kinds: list[type[Exception]] = classes
    wanted = (boto.BotoCoreError, boto.HTTPClientError)
    return [kind for kind in kinds if issubclass(kind, wanted) and kind is not boto.BotoCoreError]


def test_there_are_many_of_them() -> None:
    assert len(lower()) > 60


@pytest.mark.parametrize("kind", lower(), ids=lambda kind: kind.__name__)
def test_each_error_of_botocore_is_mapped_on_purpose(kind: type[Exception]) -> None:
    mapped = calls.mapped("SQS SendMessage", made(kind))

    assert issubclass(kind, calls.TRANSIENT_BOTO) != (kind.__name__ in PERMANENT), (
        f"{kind.__name__} must stand in one place: calls.TRANSIENT_BOTO, or PERMANENT here"
    )
    assert isinstance(mapped, errors.AwsRefused if kind.__name__ in PERMANENT else errors.AwsUnavailable)
    assert "SQS SendMessage" in mapped.message


def answer(code: str, text: str = "", status: int = 400, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "Operation")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer("ThrottlingException"), errors.AwsThrottled),
        (answer("ProvisionedThroughputExceededException"), errors.AwsThrottled),
        (answer("InvalidParameterException", "Rate exceeded"), errors.AwsThrottled),
        (answer("SlowDown", status=503), errors.AwsThrottled),
        (answer("InternalError", status=500), errors.AwsUnavailable),
        (answer("NobodyKnows", status=503), errors.AwsUnavailable),
        (answer("AWS.SimpleQueueService.QueueDeletedRecently"), errors.AwsUnavailable),
        (answer("ExpiredTokenException"), errors.AwsUnavailable),
        (answer("TransactionConflictException"), errors.TransactionBusy),
        (answer("TransactionInProgressException"), errors.AwsUnavailable),
        (answer("AccessDeniedException", status=403), errors.AwsUnavailable),
        (answer("ValidationException"), errors.AwsRefused),
        (answer("NoSuchKey", status=404), errors.AwsRefused),
    ],
    ids=lambda value: value.response["Error"]["Code"] if isinstance(value, ClientError) else value.__name__,
)
def test_answers_are_mapped_by_code(error: ClientError, kind: type[Exception]) -> None:
    assert type(calls.mapped("what", error)) is kind


def test_a_failed_condition_carries_the_item_that_won() -> None:
    item = {"state": {"S": "sent"}}

    single = calls.mapped("what", answer("ConditionalCheckFailedException", Item=item))
    several = calls.mapped(
        "what",
        answer(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": item}, {"Code": "None"}],
        ),
    )

    assert isinstance(single, errors.ConditionFailed)
    assert single.items == {0: item}
    assert isinstance(several, errors.ConditionFailed)
    assert several.items == {1: item}


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (["None", "TransactionConflict"], errors.TransactionBusy),
        (["ThrottlingError"], errors.TransactionBusy),
        (["TransactionConflict", "ConditionalCheckFailed"], errors.ConditionFailed),
        (["ValidationError"], errors.AwsRefused),
        ([], errors.TransactionBusy),
    ],
)
def test_a_cancelled_transaction_says_why(reasons: list[str], kind: type[Exception]) -> None:
    error = answer("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in reasons])

    assert type(calls.mapped("what", error)) is kind


async def test_a_call_has_a_time_limit_of_its_own() -> None:
    with pytest.raises(errors.AwsTimeout, match="SQS SendMessage: no answer in"):
        await calls.call("SQS SendMessage", asyncio.sleep(60), seconds=0.01)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (aiohttp.ClientPayloadError("cut"), errors.AwsUnavailable),
        (aiohttp.ServerDisconnectedError(), errors.AwsUnavailable),
        (ConnectionResetError("gone"), errors.AwsUnavailable),
        (TimeoutError("socket"), errors.AwsTimeout),
    ],
)
async def test_what_comes_from_under_botocore_is_mapped_too(raised: Exception, kind: type[Exception]) -> None:
    async def fail() -> None:
        raise raised

    with pytest.raises(kind):
        await calls.call("S3 GetObject", fail())


async def test_our_own_errors_and_cancellation_pass_through() -> None:
    async def refuse() -> None:
        raise errors.Refused(errors.Refusal.TOO_LARGE)

    with pytest.raises(errors.Refused):
        await calls.call("S3 GetObject", refuse())

    waiting = asyncio.create_task(calls.call("S3 GetObject", asyncio.sleep(60)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

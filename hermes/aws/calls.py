"""One AWS call: under a time limit, its errors mapped to ours. The only place that knows botocore's exceptions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
from botocore import exceptions as boto

from hermes import errors, limits

T = TypeVar("T")

_THROTTLES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "KmsThrottled",
        "OverLimit",
    }
)
_TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "RequestTimeout",
        "RequestTimeoutException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "ExpiredToken",
        "ExpiredTokenException",
        "TransactionInProgressException",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "QueueDeletedRecently",
    }
)
_BUSY = frozenset(
    {"TransactionConflict", "TransactionConflictException", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

#: botocore's errors of the moment: the network, a broken answer, credentials that cannot be fetched now. Its others are about
#: parameters, configuration or the installation, which no later try mends; a test enumerates them, so that a new one is looked at.
TRANSIENT_BOTO: tuple[type[Exception], ...] = (
    boto.ConnectionError,
    boto.HTTPClientError,
    boto.IncompleteReadError,
    boto.ChecksumError,
    boto.FlexibleChecksumError,
    boto.CapacityNotAvailableError,
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
    boto.WaiterError,
)


async def call(what: str, awaitable: Awaitable[T], *, seconds: float = limits.CALL_SECONDS) -> T:
    """The answer of one AWS call.

    `what` names it for a person (`SQS SendMessage`). Raises `errors.AwsTimeout` after `seconds`, `errors.ConditionFailed`,
    `errors.TransactionBusy`, `errors.AwsThrottled`, `errors.AwsUnavailable` or `errors.AwsRefused`.
    """
    try:
        async with asyncio.timeout(seconds):
            return await awaitable
    except TimeoutError as error:
        raise errors.AwsTimeout(f"{what}: no answer in {seconds:g} s") from error
    except (boto.ClientError, boto.BotoCoreError, boto.HTTPClientError, aiohttp.ClientError, OSError) as error:
        raise mapped(what, error) from error


def mapped(what: str, error: Exception) -> errors.HermesError:
    """Our error for one of botocore's (or of the HTTP client under it)."""
    if isinstance(error, boto.ClientError):
        return _client_error(what, error)
    if isinstance(error, boto.ReadTimeoutError | boto.ConnectTimeoutError | TimeoutError):
        return errors.AwsTimeout(f"{what}: {error}")
    if isinstance(error, boto.BotoCoreError) and not isinstance(error, TRANSIENT_BOTO):
        return errors.AwsRefused(f"{what}: {error}", code=type(error).__name__)
    return errors.AwsUnavailable(f"{what}: {error or type(error).__name__}")


def _client_error(what: str, error: boto.ClientError) -> errors.HermesError:
    answer: dict[str, Any] = dict(error.response)
    code = str(answer.get("Error", {}).get("Code", ""))
    text = str(answer.get("Error", {}).get("Message", "")) or code
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    if code == "ConditionalCheckFailedException":
        return errors.ConditionFailed(f"{what}: condition failed", items={0: answer.get("Item")})
    if code == "TransactionCanceledException":
        return _cancelled(what, answer, text)
    if code in _BUSY:
        return errors.TransactionBusy(f"{what}: {text}")
    # ECS hides throttling in the text of other errors.
    if code in _THROTTLES or "rate exceeded" in text.lower():
        return errors.AwsThrottled(f"{what}: {text}")
    if code in _TRANSIENT or status >= 500:
        return errors.AwsUnavailable(f"{what}: {text}")
    return errors.AwsRefused(f"{what}: {text}", code=code)


def _cancelled(what: str, answer: dict[str, Any], text: str) -> errors.HermesError:
    reasons = answer.get("CancellationReasons") or []
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    failed = {i: reasons[i].get("Item") for i, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    if failed:
        return errors.ConditionFailed(f"{what}: conditions failed at {sorted(failed)}", items=failed)
    if any(code in _BUSY for code in codes) or not codes:
        return errors.TransactionBusy(f"{what}: {text}")
    return errors.AwsRefused(f"{what}: {text}", code="TransactionCanceledException")

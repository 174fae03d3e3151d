"""One AWS call: under a time limit, its errors mapped to ours. The only place that knows botocore's exceptions.

What each refusal means is in the table of `hermes.aws.refusals`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
from botocore import exceptions as boto

from hermes import errors, limits
from hermes.aws import refusals
from hermes.aws.refusals import Need, RefusalVerdict

T = TypeVar("T")

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
    # The metadata of a task that has just started, or whose role is being replaced, has no credentials for a while.
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
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
    name = type(error).__name__
    if isinstance(error, boto.BotoCoreError) and not isinstance(error, TRANSIENT_BOTO):
        return errors.AwsRefused(f"{what}: {error}", code=name)
    return said(what, name, str(error) or name)


def _client_error(what: str, error: boto.ClientError) -> errors.HermesError:
    answer: dict[str, Any] = dict(error.response)
    code = str(answer.get("Error", {}).get("Code", ""))
    text = str(answer.get("Error", {}).get("Message", "")) or code
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    if code == "ConditionalCheckFailedException":
        return errors.ConditionFailed(f"{what}: condition failed", items={0: answer.get("Item")})
    if code == "TransactionCanceledException":
        return _cancelled(what, answer, text)
    return said(what, code, text, status=status)


def said(what: str, code: str, text: str, *, status: int = 0) -> errors.HermesError:
    """Our error for a refusal with this code, in these words: also for an entry of a call of several."""
    return of(what, refusals.meaning(code, text, status=status), code=code, text=text)


def of(what: str, meaning: refusals.RefusalMeaning, *, code: str = "", text: str) -> errors.HermesError:
    """Our error for what a refusal means."""
    message = f"{what}: {text}"
    match meaning.verdict, meaning.need:
        case RefusalVerdict.AGAIN, Need.PACE:
            return errors.AwsThrottled(message, code=code)
        case RefusalVerdict.AGAIN, Need.CONFLICT:
            return errors.TransactionBusy(message)
        case RefusalVerdict.AGAIN, need:
            return errors.AwsUnavailable(message, code=code, need=need.value, todo=refusals.TODO.get(need, ""))
        case _:
            return errors.AwsRefused(message, code=code, missing=meaning.missing)


def _cancelled(what: str, answer: dict[str, Any], text: str) -> errors.HermesError:
    reasons = answer.get("CancellationReasons") or []
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    failed = {i: reasons[i].get("Item") for i, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    if failed:
        return errors.ConditionFailed(f"{what}: conditions failed at {sorted(failed)}", items=failed)
    for reason in reasons:
        code = str(reason.get("Code", "None"))
        if code != "None":
            found = said(what, code, str(reason.get("Message") or text))
            if not isinstance(found, errors.AwsThrottled):
                return found
    # One of its items is written by another transaction, or too often.
    return errors.TransactionBusy(f"{what}: {text}")

"""The one table from what AWS says when it does not do something to what Hermes makes of it.

*Again*: it passes, or somebody mends it: wait with growing pauses, and tell the operator what is missing if it lasts. *No*: that is the
answer (no such key, a condition that does not hold). *Ours*: the request is wrong, so that the same one is refused for ever. What no row
knows is *again*: an hour of waiting costs less than a request that was thrown away.

IAM takes seconds to minutes to spread, a new account is being looked at, a role is replaced, a clock is set right, a quota is raised: so a
missing right, unknown credentials, a full quota and a wrong clock are *again*.

Sources: botocore's service models (the errors of each operation); "Common errors" of each service's API reference; "Amazon ECS API failure
reasons"; "Error responses" of Amazon S3.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable, Mapping
from typing import Final

from hermes import errors


class RefusalVerdict(enum.StrEnum):
    """What Hermes makes of a refusal."""

    AGAIN = "again"
    NO = "no"
    OURS = "ours"


class Need(enum.StrEnum):
    """What is missing where AWS refuses until somebody acts."""

    NOTHING = ""
    """It passes by itself."""
    PACE = "pace"
    CONFLICT = "conflict"
    PERMISSION = "permission"
    PASS_ROLE = "pass_role"  # noqa: S105 - a word
    ROLE = "role"
    CREDENTIALS = "credentials"
    CLOCK = "clock"
    KEY = "key"
    QUOTA = "quota"
    CAPACITY = "capacity"
    ACCOUNT = "account"
    RESOURCE = "resource"
    SANDBOX = "sandbox"


#: For the operator: what is missing, and what to do.
TODO: Final[Mapping[Need, str]] = {
    Need.PERMISSION: "The role that Hermes runs as may not do this: allow it in the role's policy, or in the resource's own.",
    Need.PASS_ROLE: "The gateway may not pass the task's roles: allow iam:PassRole for the task role and the execution role.",
    Need.ROLE: "ECS cannot assume a role: look at the trust policies of the task's roles and at the service-linked role of ECS.",
    Need.CREDENTIALS: "AWS does not know these credentials, or they have ended: look at the task role, or at the keys in the environment.",
    Need.CLOCK: "The clock of this machine is wrong: start its time service.",
    Need.KEY: "The KMS key refuses: enable it, and allow the role to use it (kms:Decrypt, kms:GenerateDataKey).",
    Need.QUOTA: "A quota of the account is used up: ask for more in Service Quotas (Fargate: vCPUs).",
    Need.CAPACITY: "AWS has no room for another task now: name subnets in more zones, or add capacity.",
    Need.ACCOUNT: "AWS has suspended or blocked the account for this: look at AWS Health and the support cases.",
    Need.RESOURCE: "A table, bucket or index is not there: run `hermes provision`, and check prefix, bucket and region.",
    Need.SANDBOX: "SES is in its sandbox, or the identity is not verified: ask for production access; then `hermes mail resend --all`.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class RefusalMeaning:
    """What a refusal means."""

    verdict: RefusalVerdict
    need: Need = Need.NOTHING
    missing: bool = False
    """With *no*: what was asked for does not exist."""


_PASSES = RefusalMeaning(RefusalVerdict.AGAIN)
_PACE = RefusalMeaning(RefusalVerdict.AGAIN, Need.PACE)
_NO = RefusalMeaning(RefusalVerdict.NO)
_MISSING = RefusalMeaning(RefusalVerdict.NO, missing=True)
_OURS = RefusalMeaning(RefusalVerdict.OURS)


def _needs(need: Need) -> RefusalMeaning:
    return RefusalMeaning(RefusalVerdict.AGAIN, need)


def _rows(meaning: RefusalMeaning, codes: str) -> Iterable[tuple[str, RefusalMeaning]]:
    return ((code, meaning) for code in codes.split())


#: The code of an error, without the ending "Exception" and what comes before the last dot or hash sign → its meaning.
CODES: Final[Mapping[str, RefusalMeaning]] = dict(
    (
        *_rows(
            _PACE,
            "Throttling Throttled RequestThrottled TooManyRequests ProvisionedThroughputExceeded RequestLimitExceeded SlowDown OverLimit"
            " LimitExceeded BandwidthLimitExceeded PriorRequestNotComplete EC2Throttled KmsThrottled KMSThrottling"
            " ThrottlingError 429",
        ),
        *_rows(
            _PASSES,
            "TransactionInProgress InternalError InternalFailure InternalServerError InternalServer Server ServiceUnavailable"
            " ServiceFailure RequestTimeout"
            " RequestTimedOut RequestExpired Busy OperationAborted ConditionalRequestConflict QueueDeletedRecently BadDigest"
            " InvalidDigest XAmzContentSHA256Mismatch IncompleteBody NoSuchUpload 408 409 425 500 502 503 504",
        ),
        *_rows(_needs(Need.CONFLICT), "TransactionConflict ReplicatedWriteConflict"),
        *_rows(
            _needs(Need.PERMISSION),
            "AccessDenied Authorization AuthorizationError NotAuthorized UnauthorizedOperation Unauthorized UnauthorizedAccess Forbidden"
            " 403",
        ),
        *_rows(
            _needs(Need.CREDENTIALS),
            "InvalidAccessKeyId InvalidClientTokenId UnrecognizedClient AuthFailure MissingAuthenticationToken IncompleteSignature"
            " InvalidSignature SignatureDoesNotMatch InvalidToken InvalidSecurity InvalidSecurityToken ExpiredToken TokenRefreshRequired"
            " MissingSecurityHeader NoCredentialsError PartialCredentialsError CredentialRetrievalError MetadataRetrievalError 401",
        ),
        *_rows(_needs(Need.CLOCK), "RequestTimeTooSkewed RequestInTheFuture"),
        *_rows(
            _needs(Need.ACCOUNT),
            "AccountProblem AllAccessDisabled NotSignedUp OptInRequired SubscriptionRequired Blocked AccountSuspended SendingPaused",
        ),
        *_rows(_needs(Need.SANDBOX), "MailFromDomainNotVerified"),
        *_rows(_needs(Need.RESOURCE), "ResourceNotFound TableNotFound IndexNotFound NoSuchBucket"),
        *_rows(_MISSING, "NoSuchKey NotFound 404 QueueDoesNotExist NonExistentQueue"),
        *_rows(
            _NO,
            "ConditionalCheckFailed PreconditionFailed 412 InvalidRange 416 Conflict ResourceInUse BucketAlreadyOwnedByYou"
            " BucketAlreadyExists QueueNameExists QueueAlreadyExists IdempotentParameterMismatch ReceiptHandleIsInvalid MessageNotInflight"
            " InvalidObjectState NotImplemented UnknownOperation MethodNotAllowed InvalidAction UnsupportedOperation 405 501"
            " ItemCollectionSizeLimitExceeded EntityTooLarge EntityTooSmall KeyTooLong KeyTooLongError MetadataTooLarge 413"
            " RequestEntityTooLarge BatchRequestTooLong InvalidMessageContents MessageRejected",
        ),
        *_rows(
            _OURS,
            "Validation ValidationError Serialization InvalidParameter InvalidParameterValue InvalidParameterCombination MissingParameter"
            " InvalidAttributeName InvalidAttributeValue InvalidAddress InvalidArgument InvalidRequest InvalidURI InvalidBucketName"
            " InvalidBatchEntryId BatchEntryIdsNotDistinct EmptyBatchRequest TooManyEntriesInBatchRequest MalformedXML MalformedPolicy"
            " MalformedQueryString MissingContentLength BadRequest ParamValidationError ParameterValueInvalid TooManyParts"
            " EncryptionTypeMismatch InvalidWriteOffset ClusterNotFound ServiceNotFound PlatformUnknown EndpointDisabled"
            " PlatformApplicationDisabled"
            " PlatformTaskDefinitionIncompatibility UnsupportedFeature",
        ),
    )
)

#: Words that tell more than the code, which may be of any kind; the first that is found counts.
_WORDS: Final = tuple(
    (re.compile(words, re.IGNORECASE), meaning)
    for words, meaning in (
        (
            r"rate exceeded|request limit exceeded|requestlimitexceeded|throttl|too many concurrent|maximum sending rate",
            _PACE,
        ),
        (r"unable to assume|service.linked role", _needs(Need.ROLE)),
        (r"iam:PassRole", _needs(Need.PASS_ROLE)),
        (r"signature (?:expired|not yet current)|\btoo skewed", _needs(Need.CLOCK)),
        (
            r"reached the limit on the number|exceeds? your (?:current )?(?:quota|limit)|quota exceeded",
            _needs(Need.QUOTA),
        ),
        (r"has no capacity|capacity is unavailable|no active instances", _needs(Need.CAPACITY)),
        (r"(?:address|identity|domain)\S* (?:is|are) not verified|\bsandbox\b|production access", _needs(Need.SANDBOX)),
        (r"sending (?:is )?paused|account (?:is )?(?:paused|suspended|blocked)|under review", _needs(Need.ACCOUNT)),
        (r"not authorized to perform", _needs(Need.PERMISSION)),
        (r"does not have the specified index", _needs(Need.RESOURCE)),
        (r"task ?definition (?:is inactive|not found|does not exist)|unable to describe task definition", _OURS),
    )
)
_KMS: Final = re.compile(r"kms", re.IGNORECASE)
#: `failures[]` of RunTask. "Agent" is a container instance that is not connected now.
_FAILURES: Final = tuple(
    (re.compile(words, re.IGNORECASE), meaning)
    for words, meaning in (
        (r"reached the limit", _needs(Need.QUOTA)),
        (r"RESOURCE:|\bAGENT\b|capacity|no active instances", _needs(Need.CAPACITY)),
        # The cluster, task definition or instance that was named is not there, or cannot run this.
        (r"\A(?:MISSING|INACTIVE|ATTRIBUTE|LOCATION)\b", _OURS),
    )
)


def meaning(code: str, text: str = "", *, status: int = 0) -> RefusalMeaning:
    """What an error of AWS means: its code, its words, and the status where there is no code."""
    bare = code.rpartition("#")[2]
    short = bare.removesuffix("Exception") or bare
    if found := CODES.get(short) if _KMS.match(bare) else None:
        return found
    if _KMS.match(bare):
        # `KmsAccessDenied`, `KMS.DisabledException`: somebody has to see to the key, or it is throttled.
        return _PACE if "thrott" in bare.lower() else _needs(Need.KEY)
    for words, said in _WORDS:
        if words.search(text):
            return said
    short = short.rpartition(".")[2]
    return CODES.get(short) or CODES.get(str(status)) or _PASSES


def launch_meaning(reason: str, detail: str = "") -> RefusalMeaning:
    """What one of the `failures[]` of RunTask means, which come with status 200."""
    for words, said in _FAILURES:
        if words.search(reason):
            return said
    return meaning("", f"{reason} {detail}")


def no_object(error: errors.AwsRefused | errors.AwsUnavailable) -> bool:
    """Whether S3 says that there is no such object: to a role that may not list the bucket it says "no access" instead."""
    return (isinstance(error, errors.AwsRefused) and error.missing) or error.code == "AccessDenied"

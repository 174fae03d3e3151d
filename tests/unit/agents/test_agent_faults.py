"""What a run of an agent failed of, by its words: the key of its service, or the work itself."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.agents import program

_KEY = (
    "The agent's service answered with an error. It said: Invalid API key · Please run /login",
    "The agent's service answered with an error. It said: Credit balance is too low",
    'It said: API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
    "It said: litellm.AuthenticationError: OpenAIException - Incorrect API key provided",
    "It said: You exceeded your current quota, please check your plan and billing details.",
)
_WORK = (
    "The agent ended with an error (exit status 1). It last said: the file is not there",
    "The agent was ended from outside (signal 9).",
    "The agent ended without saying how.",
    "It said: port 4010 is taken",
)


@pytest.mark.parametrize("words", _KEY)
def test_a_service_that_refuses_the_key_or_the_account_is_the_operators_matter(words: str) -> None:
    assert program.fault(words) is errors.Fault.KEY
    assert errors.Fault.KEY.ours


@pytest.mark.parametrize("words", _WORK)
def test_any_other_end_of_an_agent_is_of_the_work(words: str) -> None:
    assert program.fault(words) is errors.Fault.TRIED
    assert not errors.Fault.TRIED.ours


def test_a_run_without_an_error_has_no_fault() -> None:
    assert program.fault(None) is None

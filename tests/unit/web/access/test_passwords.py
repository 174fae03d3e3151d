"""Hashes of passwords."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.config import web_settings
from hermes.web.access import passwords
from hermes.web.access.passwords import PasswordChecker


async def test_a_password_matches_its_own_hash_alone() -> None:
    stored = passwords.hashed("correct horse")
    checker = PasswordChecker()

    assert await checker.matches("correct horse", stored)
    assert not await checker.matches("correct horsf", stored)
    assert not await checker.matches("", stored)


async def test_nobody_has_no_password_whatever_is_given() -> None:
    assert not await PasswordChecker().matches("", None)


async def test_a_password_of_any_characters_is_compared_whole() -> None:
    stored = passwords.hashed("пароль 🔑 pass")

    assert await PasswordChecker().matches("пароль 🔑 pass", stored)
    assert not await PasswordChecker().matches("пароль 🔑 pas", stored)


async def test_one_beyond_the_longest_is_no_password_even_if_its_beginning_is() -> None:
    longest = "x" * passwords.PASSWORD_CHARACTERS

    assert not await PasswordChecker().matches(longest + "y", passwords.hashed(longest))


def test_the_same_password_has_another_hash_each_time() -> None:
    assert passwords.hashed("correct horse") != passwords.hashed("correct horse")


@pytest.mark.parametrize(
    "value",
    [
        "correct horse",
        "scrypt$32768,8,1$c2FsdHNhbHQ=",
        "scrypt$32768,8$c2FsdHNhbHQ=$QUFB",
        "bcrypt$32768,8,1$c2FsdHNhbHRzYWx0$" + "QUFB" * 12,
        "scrypt$1,8,1$c2FsdHNhbHRzYWx0$" + "QUFB" * 12,
        "scrypt$1073741824,8,1$c2FsdHNhbHRzYWx0$" + "QUFB" * 12,
        "scrypt$32768,8,1$c2FsdHNhbHRzYWx0$QUFB",
        "scrypt$32768,8,1$not base64$" + "QUFB" * 12,
    ],
)
def test_what_is_no_hash_or_costs_too_little_or_too_much_is_refused_by_the_configuration(value: str) -> None:
    assert web_settings.hash_parts(value) is None
    with pytest.raises(errors.ConfigError, match="hermes web hash"):
        config.parse({"web": {"users": [{"name": "olga", "hash": value}]}})


def test_a_hash_of_our_making_is_a_setting() -> None:
    stored = passwords.hashed("correct horse")

    assert config.parse({"web": {"users": [{"name": "olga", "hash": stored}]}}).web.users[0].hash == stored

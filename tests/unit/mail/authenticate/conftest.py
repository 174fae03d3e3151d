"""What signs the mails that are judged."""

from __future__ import annotations

import pytest

from tests.unit.mail.authenticate.judging import Key


@pytest.fixture(scope="session")
def key() -> Key:
    """A key as senders have them."""
    return Key()

"""How often Python looks for what can be forgotten: seldom, and not among what stays for good."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

from hermes import limits


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Everything that is in memory now stays until the end.

    A gateway begins with 150,000 objects, most of them botocore's descriptions of AWS. Each look through them was a tenth of a second in
    which everything stood still; and all looks together were a twentieth of its CPU.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(limits.YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

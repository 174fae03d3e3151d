from __future__ import annotations

import ast
from pathlib import Path

import pytest

import hermes
from tests.mutate import mutations

SOURCE = '''"""A docstring."""
def f(a: int = 1, b: bool = True) -> int | None:
    """Another."""
    for one in range(a):
        if one < 3 and not b:
            continue
        if b:
            return one + 2
    return None
'''


def texts(source: str) -> set[tuple[str, str]]:
    return {(one.before, one.text) for one in mutations.of("x.py", source)}


@pytest.mark.parametrize(
    "wanted",
    [
        ("one < 3", "(one) <= (3)"),
        ("one < 3 and not b", "((one < 3) or (not b))"),
        ("not b", "(b)"),
        ("continue", "break"),
        ("b", "(not (b))"),
        ("one + 2", "((one) - (2))"),
        ("one + 2", "None"),
        ("True", "False"),
        ("1", "2"),
    ],
)
def test_each_kind_of_break_is_made(wanted: tuple[str, str]) -> None:
    assert wanted in texts(SOURCE)


def test_docstrings_and_annotations_stay() -> None:
    assert not any("docstring" in before or "Another" in before or "int" in before for before, _ in texts(SOURCE))


def test_the_number_of_a_setting_stays_and_a_number_in_the_code_does_not() -> None:
    assert texts("LIMIT: Final = 24 * 1024\nPAUSES = (0.5, 3)\n") == set()
    assert ("1", "2") in texts("NAMES = tuple(name[1:] for name in OTHERS)\n")


def test_a_change_elsewhere_hardly_changes_the_choice() -> None:
    def chosen(*sources: str) -> set[str]:
        found = [one for number, source in enumerate(sources) for one in mutations.of(f"{number}.py", source)]
        return {one.what for one in mutations.pick(found, 10, seed=1)}

    several = [SOURCE, SOURCE.replace("3", "4"), SOURCE.replace("2", "5")]
    once = chosen(*several)
    assert len(once) == 10
    assert len(once & chosen(*several, "A = lambda a: a < 1")) >= 8
    assert chosen(*[f"B = 1\n\n{source}" for source in several]) == once


def test_every_break_of_the_product_compiles() -> None:
    root = Path(hermes.__file__).parent
    for path in (root / "domain").rglob("*.py"):
        source = path.read_text()
        for mutation in mutations.of(path.name, source):
            ast.parse(mutation.apply(source))

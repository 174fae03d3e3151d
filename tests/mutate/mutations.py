"""Small breaks of Python source: each changes one operator, condition, number or return, and leaves a program that still compiles."""

from __future__ import annotations

import ast
import collections
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_REACHED: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.FloorDiv: "*"}


@dataclasses.dataclass(frozen=True, slots=True)
class Mutation:
    """One break: the source between two places of a file becomes `text`. Lines from 1, columns in bytes from 0, as `ast` counts."""

    path: str
    line: int
    start: int
    """Offset in the encoded source."""
    end: int
    before: str
    text: str
    number: int = 1
    """Of the breaks of this text in this file, from 1."""

    @property
    def what(self) -> str:
        """The same wherever in its file it is."""
        return f"{self.path} {self.number}: {self.shown_before} → {self.shown_after}"

    def apply(self, source: str) -> str:
        """The broken source."""
        raw = source.encode()
        return (raw[: self.start] + self.text.encode() + raw[self.end :]).decode()

    @property
    def shown_before(self) -> str:
        """On one line."""
        return " ".join(self.before.split())

    @property
    def shown_after(self) -> str:
        """On one line."""
        return " ".join(self.text.split())

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.shown_before} → {self.shown_after}"


def of(path: str, source: str) -> Iterator[Mutation]:
    """Every break of a file. Annotations, docstrings, decorators and what only a type checker reads are left alone; so are the numbers of a
    module's constants, which are settings: the comparisons with them are broken instead.
    """
    tree = ast.parse(source)
    raw = source.encode()
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line.encode()))

    seen: collections.Counter[tuple[str, str]] = collections.Counter()

    def cut(node: ast.expr | ast.stmt, text: str) -> Mutation:
        start = begins[node.lineno - 1] + node.col_offset
        end = begins[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        before = raw[start:end].decode()
        seen[before, text] += 1
        return Mutation(path, node.lineno, start, end, before, text, seen[before, text])

    for node in _reachable(tree):
        match node:
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                yield cut(node, f"{_in(left)} {_COMPARED[type(op)]} {_in(right)}")
            case ast.BoolOp():
                other = " or " if isinstance(node.op, ast.And) else " and "
                yield cut(node, f"({other.join(_in(value) for value in node.values)})")
            case ast.UnaryOp(op=ast.Not()):
                yield cut(node, _in(node.operand))
            case ast.If() | ast.IfExp() | ast.While() if not isinstance(
                node.test, ast.Compare | ast.BoolOp | ast.UnaryOp
            ):
                yield cut(node.test, f"(not {_in(node.test)})")
            case ast.BinOp() if type(node.op) in _REACHED and not _texts(node):
                yield cut(node, f"({_in(node.left)} {_REACHED[type(node.op)]} {_in(node.right)})")
            case ast.Constant(value=bool() as value):
                yield cut(node, str(not value))
            case ast.Constant(value=int() as number):
                yield cut(node, str(number + 1))
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield cut(value, "None")
            case ast.Continue():
                yield cut(node, "break")
            case _:
                continue


def pick(found: Iterable[Mutation], most: int, seed: int) -> list[Mutation]:
    """A choice of so many that another change of the code hardly changes: by a digest of what each break is, not of where it is."""

    def rank(mutation: Mutation) -> bytes:
        return hashlib.sha256(f"{seed} {mutation.what}".encode()).digest()

    return sorted(found, key=rank)[:most]


def _in(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _texts(node: ast.BinOp) -> bool:
    """Whether it joins texts or lists: what replaces that is an error, not a break."""
    return any(
        isinstance(part, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str | bytes))
        for part in ast.walk(node)
    )


def _reachable(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run, outermost first."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_comment", "bases"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if (
                not isinstance(child, ast.AST)
                or _is_for_types(child)
                or (isinstance(node, ast.Module) and _is_setting(child))
            ):
                continue
            yield from _reachable(child)


def _is_for_types(node: ast.AST) -> bool:
    """A block for the type checker, a Protocol, a docstring, or an assertion."""
    match node:
        case ast.If():
            return ast.unparse(node.test) == "TYPE_CHECKING"
        case ast.ClassDef():
            return any(ast.unparse(base) == "Protocol" for base in node.bases)
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return isinstance(node, ast.Assert | ast.JoinedStr)


def _is_setting(node: ast.AST) -> bool:
    """A module's constant that is a number, or made of numbers alone."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    parts = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Tuple, ast.operator, ast.unaryop, ast.expr_context)
    return all(isinstance(part, parts) for part in ast.walk(node.value))

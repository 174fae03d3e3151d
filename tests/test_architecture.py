"""The layering of docs/architecture.md: a room imports itself and rooms that stand earlier; what may not be imported; lengths of files."""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hermes"

#: Earlier first. Rooms of one line do not know each other.
ORDER: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("limits",),
    ("ids",),
    ("domain",),
    ("logs",),
    ("execution",),
    ("mail",),
    ("config",),
    ("https",),
    ("process",),
    ("site",),
    ("aws",),
    ("repository",),
    ("launch",),
    ("agents",),
    ("gateway", "ingress"),
    ("worker",),
    ("admin",),
    ("web",),
    ("local",),
    ("app",),
    ("ops",),
    ("cli",),
    ("__main__",),
)
#: Beyond the order: pairs that stay apart, and rooms that may import only these.
APART = (("worker", "gateway"), ("agents", "gateway"), ("worker", "ingress"), ("agents", "ingress"))
ONLY = {"execution": {"errors", "ids", "limits", "domain"}}
#: Modules that a folder may hold, itself without its folders: more are two rooms.
FILES = 20

#: Library -> the rooms that may import it.
AWS_LIBRARIES = {"aiobotocore": {"aws"}, "botocore": {"aws"}, "boto3": set[str]()}
#: Rooms that decide and do not talk to the world.
PURE = ("errors", "ids", "limits", "domain", "mail", "execution")
IO_LIBRARIES = frozenset(
    {
        "aiobotocore",
        "aiohttp",
        "aiosmtplib",
        "aiosmtpd",
        "botocore",
        "ftplib",
        "http",
        "httpx",
        "imap_tools",
        "imaplib",
        "requests",
        "select",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "subprocess",
        "urllib.request",
        "uvicorn",
    }
)
LINES = 400
#: What a class may be constructed from.
ARGUMENTS = 8
#: What a class of these rooms gets as one `Env`, not one by one.
ROOMS_WITH_ENV = ("gateway", "launch", "worker", "repository", "web")
PARTS_OF_ENV = frozenset({"now", "clock", "sleep", "new_id", "jitter", "emit", "crash_point", "reach"})
#: Public class names that two modules have. `Agent`: the runtime's users know an actor by that name, and the product a program. No
#: further one may be added.
SHARED_CLASS_NAMES = frozenset({"Agent"})


@dataclasses.dataclass(frozen=True)
class Import:
    """One imported module at one line."""

    path: Path
    line: int
    module: str
    inside: bool
    """In a function."""

    @property
    def where(self) -> str:
        text = self.path.read_text(encoding="utf-8").splitlines()[self.line - 1].strip()
        return f"{self.path.relative_to(ROOT)}:{self.line}: {text}"

    @property
    def room(self) -> str:
        """The room that imports."""
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    @property
    def target(self) -> str | None:
        """The room that is imported; None outside Hermes."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == "hermes" and len(parts) > 1 else None


def _files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _test_files() -> list[Path]:
    return [path for path in sorted((ROOT / "tests").rglob("*.py")) if "node_modules" not in path.parts]


def _rooms() -> set[str]:
    return {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in _files()}


def _module(path: Path) -> str:
    return ".".join(("hermes", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def _imports(path: Path) -> Iterator[Import]:
    tree = _tree(path)
    inside = {
        node
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name, node in inside)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                here = ("hermes", *path.relative_to(PACKAGE).parts[:-1])
                base = ".".join(here[: len(here) - node.level + 1])
            else:
                base = ""
            module = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                # `from hermes import errors` names a room; `from hermes.aws import queues` a module of one.
                yield Import(path, node.lineno, f"{module}.{alias.name}", node in inside)


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    return [found for path in _files() for found in _imports(path)]


def _level(room: str) -> int:
    return next(number for number, rooms in enumerate(ORDER) if room in rooms)


def test_every_room_has_its_place_in_the_order() -> None:
    assert _rooms() <= {room for rooms in ORDER for room in rooms}


def test_imports_point_to_rooms_that_stand_earlier(imports: list[Import]) -> None:
    known = {room for rooms in ORDER for room in rooms}
    wrong = [
        found.where
        for found in imports
        if found.target in known and found.target != found.room and _level(found.target) >= _level(found.room)
    ]

    assert wrong == []


@pytest.mark.parametrize(("room", "other"), APART)
def test_some_rooms_know_nothing_of_each_other(imports: list[Import], room: str, other: str) -> None:
    wrong = [f.where for f in imports if (f.room, f.target) in {(room, other), (other, room)}]

    assert wrong == []


@pytest.mark.parametrize("room", ONLY)
def test_the_execution_runtime_can_be_used_alone(imports: list[Import], room: str) -> None:
    wrong = [f.where for f in imports if f.room == room and f.target and f.target not in ONLY[room] | {room}]

    assert wrong == []


@pytest.mark.parametrize("library", AWS_LIBRARIES)
def test_only_the_aws_room_knows_the_sdk(imports: list[Import], library: str) -> None:
    wrong = [f.where for f in imports if f.module.split(".")[0] == library and f.room not in AWS_LIBRARIES[library]]

    assert wrong == []


def test_rooms_that_decide_do_not_talk_to_the_world(imports: list[Import]) -> None:
    wrong = [
        found.where
        for found in imports
        if found.room in PURE
        and any(found.module == library or found.module.startswith(f"{library}.") for library in IO_LIBRARIES)
        # A store that processes share is all that the runtime talks to: through the library of the store's maker, or through none.
        and not found.path.is_relative_to(PACKAGE / "execution" / "backends")
        # What a status code is called, and how bytes are quoted, is no conversation.
        and not found.module.startswith(("http.HTTPStatus", "urllib.parse"))
    ]

    assert wrong == []


def test_the_domain_does_not_wait_for_anything(imports: list[Import]) -> None:
    assert [f.where for f in imports if f.room == "domain" and f.module.split(".")[0] in {"asyncio", "threading"}] == []


def test_no_modules_import_each_other_in_a_circle(imports: list[Import]) -> None:
    modules = {_module(path): path for path in _files()}
    uses: dict[str, set[str]] = {name: set() for name in modules}
    for found in imports:
        # `from hermes.aws import queues` names a module, `from hermes.aws.queues import Queues` a thing in one.
        name = found.module if found.module in modules else found.module.rpartition(".")[0]
        if name in modules:
            uses[_module(found.path)].add(name)
    done: set[str] = set()

    def circle(name: str, way: tuple[str, ...]) -> tuple[str, ...]:
        if name in way:
            return (*way[way.index(name) :], name)
        if name in done:
            return ()
        for other in sorted(uses[name]):
            if met := circle(other, (*way, name)):
                return met
        done.add(name)
        return ()

    circles = [" → ".join(circle(name, ())) for name in sorted(modules)]

    assert [one for one in circles if one] == []


def test_no_import_hides_in_a_function(imports: list[Import]) -> None:
    assert [found.where for found in imports if found.inside] == []


def test_no_file_is_longer_than_one_noun() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in _files()}

    assert {name: lines for name, lines in lengths.items() if lines > LINES} == {}


def test_a_public_class_name_means_one_thing() -> None:
    homes = collections.defaultdict(list)
    for path in _files():
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(ROOT)))

    assert {n: paths for n, paths in homes.items() if len(paths) > 1 and n not in SHARED_CLASS_NAMES} == {}


def test_only_what_runs_a_gateway_builds_one() -> None:
    """The operator's commands need the records, which `app/records.py` gives without the hundreds of modules of a gateway."""
    importers = {
        str(path.relative_to(PACKAGE))
        for path in _files()
        if re.search(
            r"from hermes\.app(?:\.gateway import| import (?:.*, )?gateway\b)", path.read_text(encoding="utf-8")
        )
    }
    assert importers <= {"app/local.py", "cli/serve.py", "cli/machine/up_gateway.py"}


def test_no_folder_is_flat_and_long() -> None:
    counts = collections.Counter(path.parent for path in _files() if path.name != "__init__.py")
    assert {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > FILES} == {}


def test_no_folder_of_tests_is_flat_and_long() -> None:
    """Programs of others, installed beside them, are not counted."""
    counts = collections.Counter(path.parent for path in _test_files())
    assert {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > FILES} == {}


def test_the_tests_of_a_room_lie_in_a_folder_of_its_name() -> None:
    """Beside those of the rooms, a folder of tests has those of what is more than one room."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    folders = {path.parent.relative_to(ROOT / "tests").parts[:2] for path in _test_files()}
    wrong = {one for one in folders if one[:1] in {("unit",), ("integration",)} and one[1:] and one[1] not in rooms}

    assert wrong <= {("integration", "upgrade")}


def test_few_modules_lie_outside_the_rooms() -> None:
    loose = {path.stem for path in PACKAGE.glob("*.py")}
    assert loose == {"__init__", "__main__", "errors", "ids", "limits", "logs"}


def test_there_is_no_room_for_odds_and_ends() -> None:
    names = {path.stem for path in _files()} | {path.parent.name for path in _files()}

    assert names & {"utils", "util", "common", "helpers", "base", "misc"} == set()


def test_the_package_initialisers_only_re_export() -> None:
    wrong = []
    for path in PACKAGE.rglob("__init__.py"):
        for node in _tree(path).body:
            allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
            late = (
                isinstance(node, ast.FunctionDef) and node.name == "__getattr__"
            )  # names that are imported when first used
            typed = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            if not (isinstance(node, allowed) or late or typed):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert wrong == []


def test_only_the_lifecycle_changes_the_state_of_a_command() -> None:
    """A row `{"state": CommandState.…}` or `.model_copy(update={"state": …})` anywhere else is a second life of a command."""
    written = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "domain" / "lifecycle.py"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "state" and "CommandState" in ast.unparse(value)
    ]
    assert written == []


def _constructors(*rooms: str) -> dict[str, list[str]]:
    """Class → the arguments of its constructor; of classes that do something: the fields of a record are what it holds, not needs."""
    return {
        cls.name: [argument.arg for argument in (*init.args.args[1:], *init.args.kwonlyargs)]
        for path in _files()
        if not rooms or path.relative_to(PACKAGE).parts[0] in rooms
        for cls in ast.walk(_tree(path))
        if isinstance(cls, ast.ClassDef)
        for init in cls.body
        if isinstance(init, ast.FunctionDef) and init.name == "__init__"
    }


def test_no_constructor_takes_more_than_a_handful() -> None:
    many = {name: len(taken) for name, taken in _constructors().items() if len(taken) > ARGUMENTS}
    assert many == {}


def test_clock_and_chance_come_as_one_value() -> None:
    taken = {name: PARTS_OF_ENV & set(arguments) for name, arguments in _constructors(*ROOMS_WITH_ENV).items()}
    assert {name: sorted(parts) for name, parts in taken.items() if parts} == {}


def test_the_gateway_is_put_together_from_the_bottom_up() -> None:
    """A lambda over something that is built further down ties a circle that no type shows."""
    body = _tree(PACKAGE / "app" / "gateway.py").body
    (build,) = (node for node in body if isinstance(node, ast.AsyncFunctionDef) and node.name == "build")
    built = {
        target.id: node.lineno
        for node in reversed(build.body)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    late = [
        f"line {inner.lineno}: {used.id}"
        for inner in ast.walk(build)
        if isinstance(inner, ast.Lambda | ast.FunctionDef)
        for used in ast.walk(inner)
        if isinstance(used, ast.Name) and isinstance(used.ctx, ast.Load) and built.get(used.id, 0) > inner.lineno
    ]

    assert late == []


def test_no_test_file_is_longer_than_400_lines() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in _test_files()}

    assert {name for name, lines in lengths.items() if lines > LINES} == set()


def test_each_test_file_has_a_name_of_its_own() -> None:
    names = [path.name for path in _test_files() if path.name.startswith("test_")]

    assert {name for name, times in collections.Counter(names).items() if times > 1} == set()

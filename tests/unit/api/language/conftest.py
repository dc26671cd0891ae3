"""The messages that the code makes, taken from its source: what a catalogue has to have."""

import ast
import gc
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from api.language import templates
from api.language.catalogue import Catalogue, catalogue

ROOT = Path(__file__).parents[4]
#: Where every text is taken for a message unless something below says otherwise.
SPEAKING = ("tenants", "provisioner", "api/http", "api/client", "api/desk", "api/settings.py", "api/manifests.py")
#: Where only errors are: the rest is what commands print, which is English.
RAISING = ("api/accounting", "api/cli", "api/bootstrap.py", "api/exposition", "api/render", "monitoring")
#: Not for people who ask: the API's and the manifests' description, files of an import, the cloud in memory, the database's tables.
ELSEWHERE = (
    *("api/http/description.py", "api/http/reference.py", "tenants/schema.py", "tenants/reference.py"),
    *("tenants/resources.py", "provisioner/adoption", "provisioner/clouds/memory", "provisioner/store/migrations"),
    *(
        "provisioner/playing/reference.py",
        "provisioner/store/codec.py",
        *(f"provisioner/store/{each.name}" for each in (ROOT / "provisioner/store").glob("schema*.py")),
    ),
)
#: What playbooks run in guests, and how it says what is wrong: each on a line of its own.
GUESTS = ROOT / "playbooks/roles/guest/files"
PROBLEM = re.compile(r'(?:problem |\) echo )"((?:[^"\\]|\\.)*)"')
SHELL_VALUE = re.compile(r"\$\w+|\$\{[^}]*\}")
#: Arguments that describe to whoever reads the reference, and what is never read by people.
DESCRIBING = frozenset(
    {
        "description",
        "help",
        "example",
        "examples",
        "json_schema_extra",
        "pattern",
        "name",
        "alias",
        "responses",
        "prefix",
    }
)
#: Whose arguments no person reads who asks: the log, programming errors, patterns, SQL.
SILENT = re.compile(
    r"(_log|log|logging|logger)\.\w+|AssertionError|ValueError|TypeError|KeyError|RuntimeError|NotImplementedError"
    r"|re\.\w+|text|sql\.\w+|NewType|example|(\w+\.)?(execute|literal_column)|warnings\.\w+|Thread|getLogger"
)
ERRORS = re.compile(r"(errors\.)?(\w*Error|Cloud\w+|StoreUnavailable|PlanChanged|DependencyMissing|EffectMissing)")
_WORDS = re.compile(r"[A-Za-z]{2,}")
#: Sentences with a full stop are descriptions in shapes and titles in none.
_DESCRIPTION = re.compile(r"[A-Z`].*\.", re.DOTALL)

#: Texts that look like messages and are none; after each group what they are.
NOT_SAID = frozenset(
    {
        # What a parser or a service answers, by which its answers are told apart.
        *("mapping values are not allowed", "unexpected ':'", "block sequence entries are not allowed"),
        *("mapping keys are not allowed", "expected alphabetic or numeric", "expected <document start>"),
        *("unexpected end of stream", "unexpected document indicator", "expected ',' or", "expected node content"),
        *("did not find expected key", "expected '-' indicator", "could not find expected ':'"),
        *("unknown escape character", "Syntax error: ", "Quota exceeded", "No more IP addresses", "via ssh: "),
        *('lock file "postmaster.pid" already exists', "pre-existing shared memory block"),
        # Patterns, examples and types.
        *("({}) ([A-Za-z0-9+/]+={{0,2}})( {})?", "[A-Za-z0-9_@.-]([A-Za-z0-9_@. -]*[A-Za-z0-9_@.-])?"),
        "(0|[1-9][0-9]{{0,18}})(\\.[0-9]{{1,12}})? ?(KiB|MiB|GiB|TiB|PiB|EiB)",
        *("<!DOCTYPE html>", "Accept, Authorization", "Accept, Accept-Language, Authorization"),
        'attachment; filename="statement-{}-{}.csv"',
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ops@example",
        *("10.20.0.0/24 or fd00:20::/64", "str | int | bool | Sequence[Detail] | Mapping[str, Detail] | None"),
        *("Nova refused: quota below usage", "the manifest asks for it"),
        "apiVersion: tenantry/v1\nkind: Tenant\nmetadata: {{name: market-regulation}}\n",
        # The schema's and the reference's descriptions.
        "A size with a binary unit, such as 640GiB or 1.5TiB, or a whole number of {}",
        *("A whole number", "{}; or {}.", "An {} address", "{}, or `{}`."),
        "Their environments, before and after: `production`, `testing` …",
        "The kind of object, as plans name it: `quota`, `server`, `security-group` …",
        # What a lock's reason is made of, which Nova keeps.
        ", locked before: ",
        # What joins values: templates have slots for what it makes.
        *(" or ", " and "),
        # Names of services, and of things as properties and Neutron have them.
        *("Windows RPC", "rexec, rlogin and rsh", "SQL Server", "Elasticsearch transport"),
        *("subnet ", "group ", "group {}", "address group ", " type {}{}", " code {}", "port ", "volume ", "metadata "),
        *("tenantry: {}", "operation {}", "step {}", "tenantry queue", "tenantry engine", "on behalf of"),
        *("not sent", "perhaps sent", "perhaps keystone", "Log in", "Run the command", "Tell how it ended"),
        *("{} {} as {}", "COPY {} ({}) FROM STDIN"),
        # Commands to be run.
        "qemu-img convert -O vmdk -o subformat=streamOptimized FILE NEW.vmdk",
        # Headers and streams.
        "SET timezone TO 'UTC'; SET idle_in_transaction_session_timeout TO '60s'",
        *(
            'attachment; filename="audit.jsonl"',
            "bearer ",
            "Bearer {}",
            "private, no-cache",
            "Accept, Accept-Encoding, Authorization",
            ' error="invalid_token"',
            'Bearer realm="tenantry"{}',
        ),
        "id: {}\nevent: {}\ndata: {}\n\n",
        # To a terminal that waits for input, before there is anything to answer.
        "Reading manifests from standard input; Ctrl-D ends them.\n",
    }
)


def shape(node: ast.AST) -> str | None:
    """A text with `{}` for every value in it; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("{", "{{").replace("}", "}}")
    if isinstance(node, ast.JoinedStr):
        return "".join("{}" if isinstance(each, ast.FormattedValue) else shape(each) or "" for each in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = shape(node.left), shape(node.right)
        return None if left is None and right is None else (left or "{}") + (right or "{}")
    return None


class Messages(ast.NodeVisitor):
    """Gathers the shapes of a module's messages with their lines."""

    def __init__(self, *, every: bool) -> None:
        self.found: list[tuple[str, int]] = []
        self._listening = every

    def visit_Expr(self, node: ast.Expr) -> None:
        """A docstring is not said."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        """Descriptions are not said."""
        if node.arg not in DESCRIBING:
            self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """A type is not said."""
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Neither are defaults, nor what annotates arguments."""
        for each in node.body:
            self.visit(each)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """As any other function."""
        for each in node.body:
            self.visit(each)

    def visit_Call(self, node: ast.Call) -> None:
        """What an error is made with is said, whatever the module."""
        called = ast.unparse(node.func)
        if SILENT.fullmatch(called):
            return
        before, self._listening = self._listening, self._listening or ERRORS.fullmatch(called) is not None
        self.generic_visit(node)
        self._listening = before

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared with is not said."""

    def visit_Constant(self, node: ast.Constant) -> None:
        """A text without values."""
        self._take(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text with values, which may be texts as well."""
        self._take(node)
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """A text made of several."""
        if shape(node) is None:
            self.generic_visit(node)
            return
        self._take(node)
        for each in _parts(node):
            if isinstance(each, ast.JoinedStr):
                for value in each.values:
                    if isinstance(value, ast.FormattedValue):
                        self.visit(value.value)
            elif not isinstance(each, ast.Constant):
                self.visit(each)

    def _take(self, node: ast.expr) -> None:
        text = shape(node)
        if self._listening and text is not None and _is_said(text):
            self.found.append((text, node.lineno))


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node


def _is_said(text: str) -> bool:
    """Whether people would call it words: not a path, an option, a header, or a description."""
    bare = text.replace("{}", "")
    if text in NOT_SAID or text.startswith("id: running"):
        return False
    return " " in bare and _WORDS.search(bare) is not None and not _DESCRIPTION.fullmatch(text)


def _modules(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        for each in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not any(each.is_relative_to(ROOT / other) for other in ELSEWHERE):
                yield each


@pytest.fixture(scope="session")
def made() -> Mapping[str, str]:
    """Every message's shape, with the first place where it is made."""
    found: dict[str, str] = {}
    for places, every in ((SPEAKING, True), (RAISING, False)):
        for module in _modules(places):
            messages = Messages(every=every)
            messages.visit(_parsed(module))
            for text, line in messages.found:
                found.setdefault(text, f"{module.relative_to(ROOT)}:{line}")
    for file in sorted(GUESTS.iterdir()):
        for told in PROBLEM.findall(file.read_text(encoding="utf-8")):
            text = SHELL_VALUE.sub("{}", told.replace('\\"', '"'))
            if _is_said(text):
                found.setdefault(text, str(file.relative_to(ROOT)))
    return MappingProxyType(found)


def _parsed(module: Path) -> ast.Module:
    """A module's tree. Python 3.11 loses count where it collects garbage while it builds one (SystemError)."""
    gc.disable()
    try:
        return ast.parse(module.read_text(encoding="utf-8"))
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def chinese() -> Catalogue:
    """The Chinese catalogue."""
    return catalogue("zh")


@pytest.fixture(scope="session")
def sources() -> str:
    """All the code, with the pieces of divided texts put together."""
    texts = (each.read_text(encoding="utf-8") for each in _modules((*SPEAKING, *RAISING)))
    return re.sub(r'"\s*\n\s*f?"', "", "\n".join(texts))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """How many places of templates were tried so far."""
    tried = 0
    whole = templates._Reading.from_part

    def counted(reading: templates._Reading, number: int, at: int) -> Iterator[dict[str, str]]:
        nonlocal tried
        tried += 1
        return whole(reading, number, at)

    monkeypatch.setattr(templates._Reading, "from_part", counted)
    return iter(lambda: tried, None)

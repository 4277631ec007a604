"""For the whole suite: hypothesis without deadlines, no skips where the suite vouches for the product, PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

# A shared machine is slow at times; how long an example takes says nothing about whether it is right.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# The suite starts programs by the hundred: where the surroundings forbid to write compiled modules beside the source,
# they share them elsewhere.
if sys.dont_write_bytecode:
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(tempfile.gettempdir(), f"smppproxy-tests-bytecode-{os.getuid()}")

# What listens here is asked directly, whatever way out to other machines the surroundings name.
for name in ("no_proxy", "NO_PROXY"):
    os.environ[name] = ",".join(filter(None, ("127.0.0.1,localhost,::1", os.environ.get(name))))

#: Set by ``.ci/run``: a peer that is missing must not look like one that agrees.
SKIPS_FAIL = os.environ.get("CI") == "true"

Wrapped = Generator[None, pytest.TestReport, pytest.TestReport]
WrappedCollect = Generator[None, pytest.CollectReport, pytest.CollectReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Wrapped:
    report = yield
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped, which counts as a failure here: {_why(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> WrappedCollect:
    report = yield
    if SKIPS_FAIL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped, which counts as a failure here: {_why(report.longrepr)}"
    return report


def _why(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


# -- PostgreSQL: a server of our own, on a Unix socket only ------------------------------------------------------------

PATIENCE = 120.0  # s for a server to start


class PostgresServer:
    """A real server with its files in a directory of its own. It refuses to run as root, so root lends it a name."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # Not where TMPDIR says: the way to a socket must be short, and open to whoever the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="smppproxy-pg-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))
        self.user = "postgres"
        self._as = _somebody() if os.geteuid() == 0 else None
        if self._as is not None:
            os.chown(self.folder, self._as.pw_uid, self._as.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()
        initdb = [binaries / "initdb", "-D", self.folder / "data", "-U", self.user, "--no-sync", "-A", "trust"]
        self._command(*initdb, "-E", "UTF8", "--locale", "C")

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.folder), "fsync": "off",
            "full_page_writes": "off", "autovacuum": "off", "max_connections": "60", "shared_buffers": "32MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder / "data", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", **self._identity(),
            )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: SIGINT breaks off what runs, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)
            self._process = None

    def remove(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The way to a database."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def say(self, sql: str, database: str = "postgres") -> None:
        """Run a statement that needs no transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql)

    def make(self, template: str) -> str:
        """Make a database, named by its number."""
        name = f"test_{next(self._numbers)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _identity(self) -> dict[str, object]:
        who = self._as
        return {} if who is None else {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}

    def _command(self, *command: str | Path) -> None:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **self._identity())
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")


def _somebody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server; a test that stops it starts it again."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here: run `deploy/debian-packages peers`")
    server = PostgresServer(binaries)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    """A database with the schema in it: copying it is quicker than making it."""
    from smppproxy.state.store import Store

    postgres_server.say("CREATE DATABASE pattern")
    Store.open(postgres_server.url("pattern")).close()
    return "pattern"


@pytest.fixture
def new_database(postgres_server: PostgresServer, _postgres_template: str) -> Iterator[Callable[[], str]]:
    """Make a database of the newest schema and return its URL; all are dropped at the end."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres_server.make(_postgres_template))
        return postgres_server.url(made[-1])

    yield make
    for name in made:
        postgres_server.say(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that asks for this runs on both engines of the store."""
    name: str = request.param
    return name


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest) -> str:
    """What ``database`` in the configuration says: nothing for SQLite, a URL with nothing but the schema behind it."""
    url: str = request.getfixturevalue("new_database")() if engine == "postgresql" else ""
    return url

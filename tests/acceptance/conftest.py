"""The real program between raw sockets: a scriptable SMSC, resellers that send any octets, and proxies as processes.

Nothing here uses the product's own protocol code: PDUs are built and read by hand, from the specification.
"""

from __future__ import annotations

import json
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROGRAM = (sys.executable, "-c", "from smppproxy.cli import main; main()")
PATIENCE = 60.0  # s for whatever a test waits for; only a failing test waits that long
TAG = 0x1400
CODE, OTHER_CODE, SUSPENDED = "301150232", "301150233", "301150234"
ENQUIRE_LINK, ENQUIRE_LINK_RESP = 0x15, 0x80000015
UNBIND, GENERIC_NACK = 0x06, 0x80000000
BINDS = {0x01, 0x02, 0x09}
NAMES_A_MESSAGE = {0x04, 0x21, 0x103, 0x111}


# ---------------------------------------------------------------- octets


@dataclass(frozen=True)
class Got:
    """A PDU as it came."""

    raw: bytes

    @property
    def header(self) -> tuple[int, int, int, int]:
        """command_length, command_id, command_status, sequence_number."""
        return struct.unpack("!IIII", self.raw[:16])

    command = property(lambda self: self.header[1])
    status = property(lambda self: self.header[2])
    sequence = property(lambda self: self.header[3])
    body = property(lambda self: self.raw[16:])

    @property
    def message_id(self) -> bytes:
        """The first C-octet string of the body."""
        return self.body.partition(b"\0")[0]

    def __repr__(self) -> str:
        _, command, status, sequence = self.header
        return f"<0x{command:08X} status 0x{status:X} sequence {sequence} {self.body!r}>"


class Octets:
    """Builds PDUs by hand."""

    CODE, OTHER_CODE, SUSPENDED, TAG = CODE, OTHER_CODE, SUSPENDED, TAG

    @staticmethod
    def pdu(command: int, body: bytes = b"", sequence: int = 1, status: int = 0) -> bytes:
        return struct.pack("!IIII", 16 + len(body), command, status, sequence) + body

    @staticmethod
    def tlv(tag: int, value: bytes) -> bytes:
        return struct.pack("!HH", tag, len(value)) + value

    @classmethod
    def code(cls, value: str | bytes = CODE, tag: int = TAG) -> bytes:
        return cls.tlv(tag, value.encode() if isinstance(value, str) else value)

    @classmethod
    def bind(cls, name: str, password: str = "pw", command: int = 0x09, sequence: int = 1) -> bytes:
        body = name.encode() + b"\0" + password.encode() + b"\0type\0\x34\x01\x02range\0"
        return cls.pdu(command, body, sequence)

    @staticmethod
    def message(
        text: bytes = b"Hello",
        *,
        source: bytes = b"15880000",
        destination: bytes = b"01050001234",
        data_coding: int = 0,
        esm_class: int = 0,
        registered: int = 1,
    ) -> bytes:
        """The mandatory part of submit_sm and deliver_sm."""
        return b"".join(
            (
                b"\0\x01\x02" + source + b"\0\x01\x01" + destination + b"\0",
                bytes((esm_class, 0, 1)) + b"\0\0",
                bytes((registered, 0, data_coding, 0, len(text))) + text,
            )
        )

    @classmethod
    def submit(
        cls, text: bytes = b"Hello", *, sequence: int = 1, tlvs: bytes | None = None, command: int = 4, **fields: Any
    ) -> bytes:
        """A submit_sm; without ``tlvs`` it carries the registered code."""
        return cls.pdu(command, cls.message(text, **fields) + (cls.code() if tlvs is None else tlvs), sequence)

    @classmethod
    def data_sm(cls, text: bytes = b"Hello", *, sequence: int = 1, tlvs: bytes | None = None) -> bytes:
        body = b"\0\x01\x01" + b"15880000\0" + b"\x01\x01" + b"01050001234\0" + b"\0\0\0"
        return cls.pdu(0x103, body + cls.tlv(0x0424, text) + (cls.code() if tlvs is None else tlvs), sequence)

    @classmethod
    def submit_multi(cls, *, sequence: int = 1, tlvs: bytes | None = None, text: bytes = b"Hello") -> bytes:
        destinations = b"\x02\x01\x01\x0101050001234\0\x01\x01\x0101050001235\0"
        body = b"\0\x01\x0115880000\0" + destinations + b"\0\0\0" + b"\0\0" + b"\0\0\0\0" + bytes((len(text),)) + text
        return cls.pdu(0x21, body + (cls.code() if tlvs is None else tlvs), sequence)

    @classmethod
    def broadcast_sm(cls, *, sequence: int = 1, tlvs: bytes | None = None) -> bytes:
        body = b"\0\x01\x0115880000\0" + b"\0" + b"\0" + b"\0" + b"\0" + b"\0\0\0"
        body += cls.tlv(0x0606, b"\0abc") + cls.tlv(0x0601, b"\0\0\x01") + cls.tlv(0x0604, b"\0\x01")
        body += cls.tlv(0x0605, b"\x08\0\x01") + cls.tlv(0x0424, b"Hello")
        return cls.pdu(0x111, body + (cls.code() if tlvs is None else tlvs), sequence)


class Stream:
    """Cuts a socket's octets into PDUs."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def next(self) -> Got | None:
        """The next PDU; None at the end of the stream. Raises TimeoutError."""
        head = self._fill(16)
        if head is None:
            return None
        length = int.from_bytes(head[:4])
        raw = self._fill(length)
        if raw is None:
            return None
        self._buffer = self._buffer[length:]
        return Got(raw)

    def _fill(self, count: int) -> bytes | None:
        while len(self._buffer) < count:
            try:
                more = self.sock.recv(65536)
            except ConnectionError:
                return None
            if not more:
                return None
            self._buffer += more
        return self._buffer[:count]


# ---------------------------------------------------------------- resellers


class Reseller:
    """A peer of the proxy that sends what it is told to. It answers enquire_link while it reads."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address, timeout=PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = Stream(self.sock)
        self._probe = 0x7000_0000
        self._sending = threading.Lock()

    def send(self, *pdus: bytes) -> None:
        with self._sending:
            self.sock.sendall(b"".join(pdus))

    def receive(self, within: float = PATIENCE) -> Got:
        """The next PDU but for the proxy's own enquire_links. Raises EOFError when the connection has ended."""
        self.sock.settimeout(within)
        while True:
            got = self._stream.next()
            if got is None:
                raise EOFError("the proxy closed the connection")
            if got.command != ENQUIRE_LINK:
                return got
            self.send(Octets.pdu(ENQUIRE_LINK_RESP, sequence=got.sequence))

    def ask(self, pdu: bytes) -> Got:
        self.send(pdu)
        return self.receive()

    def bind(self, name: str, password: str = "pw", command: int = 0x09) -> Got:
        return self.ask(Octets.bind(name, password, command))

    def hears_nothing(self) -> None:
        """What was sent so far has no answer left: the next thing that comes answers an enquire_link of ours."""
        self._probe += 1
        got = self.ask(Octets.pdu(ENQUIRE_LINK, sequence=self._probe))
        assert (got.command, got.status, got.sequence) == (ENQUIRE_LINK_RESP, 0, self._probe)

    works = hears_nothing

    def rest(self, within: float = PATIENCE) -> list[Got]:
        """Everything until the proxy closes; fails if it does not."""
        rest = []
        while True:
            try:
                rest.append(self.receive(within))
            except EOFError:
                return rest

    def close(self) -> None:
        self.sock.close()


# ---------------------------------------------------------------- SMSC


def taken_place(port: int = 0) -> socket.socket:
    """A port of loopback that is ours until the socket is closed, whether we listen there or not.

    A port that is only looked up and let go again is soon somebody else's on a busy machine.
    """
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that a listener of ours may have it as well
    place.bind(("127.0.0.1", port))
    return place


def address_of(place: socket.socket) -> str:
    return "{}:{}".format(*place.getsockname())


class Link:
    """A connection of the proxy to the SMSC."""

    def __init__(self, smsc: Smsc, sock: socket.socket) -> None:
        self.smsc = smsc
        self.sock = sock
        self.bind: Got | None = None
        self.open = True

    def send(self, *pdus: bytes) -> None:
        try:
            self.sock.sendall(b"".join(pdus))
        except OSError:
            self.open = False

    def drop(self) -> None:
        """Ends the connection without a word."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            self.open = False

    def run(self) -> None:
        stream = Stream(self.sock)
        try:
            while (got := stream.next()) is not None:
                if got.command in BINDS:
                    self.bind = got
                with self.smsc.changed:
                    self.smsc.seen.append((self, got))
                    self.smsc.changed.notify_all()
                self.smsc.answer(self, got)
        except OSError:
            pass
        finally:
            self.open = False
            self.sock.close()
            with self.smsc.changed:
                self.smsc.changed.notify_all()


class Smsc:
    """Accepts everything and remembers it. ``answer`` may be replaced: it gets the link and each PDU."""

    def __init__(self, port: int = 0) -> None:
        self.changed = threading.Condition()
        self.seen: list[tuple[Link, Got]] = []
        self.links: list[Link] = []
        self.answer: Callable[[Link, Got], None] = self.accept
        self._ids = 0
        self._place = taken_place(port)
        self.start()

    def start(self) -> None:
        """Listens; again after :meth:`stop`, on the same port."""
        self._listener = socket.create_server(self._place.getsockname())
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    @property
    def address(self) -> str:
        return address_of(self._place)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(self, sock)
            self.links.append(link)
            threading.Thread(target=link.run, daemon=True).start()

    def stop(self) -> None:
        """Stops listening and drops all links."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        for link in self.links:
            link.drop()
        self.quiet()
        self.links.clear()

    def end(self) -> None:
        """Stops for good."""
        self.stop()
        self._place.close()

    def quiet(self) -> None:
        """Waits until no link is open, so that nothing more comes."""
        self.wait(lambda: not any(link.open for link in self.links))

    def reset(self) -> None:
        """Forgets what was seen and answers as usual again."""
        self.answer = self.accept
        with self.changed:
            self.seen.clear()

    # answers

    def accept(self, link: Link, got: Got) -> None:
        """The usual answer: yes, with a message_id where one belongs."""
        command = got.command
        if command & 0x80000000:
            return
        body = b""
        if command in BINDS:
            body = b"carrier\0" + Octets.tlv(0x0210, b"\x34")
        elif command in NAMES_A_MESSAGE:
            self._ids += 1
            body = b"%08x\0" % self._ids
        elif command == 0x03:
            body = b"id\0\0\x02\0"
        if command == 0x21:
            body += b"\0"
        link.send(Octets.pdu(command | 0x80000000, body, got.sequence))
        if command == UNBIND:
            link.drop()

    def silent(self, link: Link, got: Got) -> None:
        """Answers nothing but binds, unbinds and enquire_links."""
        if got.command in BINDS | {UNBIND, ENQUIRE_LINK}:
            self.accept(link, got)

    # what was seen

    def of(self, command: int) -> list[Got]:
        return [got for _, got in list(self.seen) if got.command == command]

    def wait(self, condition: Callable[[], Any], within: float = PATIENCE) -> Any:
        with self.changed:
            assert self.changed.wait_for(condition, within), f"not in {within} s; seen: {[got for _, got in self.seen]}"

    def first(self, command: int) -> Got:
        """Waits for a PDU of this command."""
        self.wait(lambda: self.of(command))
        return self.of(command)[0]

    def link(self, name: str) -> Link:
        """Waits for the newest open link bound under this name."""
        wanted = name.encode() + b"\0"

        def bound() -> list[Link]:
            return [each for each in self.links if each.open and each.bind and each.bind.body.startswith(wanted)]

        self.wait(bound)
        return bound()[-1]


# ---------------------------------------------------------------- proxies


class Proxy:
    """``smppproxy run`` as a process."""

    def __init__(self, folder: Path, configuration: str, codes: Iterable[str] = ()) -> None:
        self.path = folder / "smppproxy.toml"
        self.path.write_text(configuration)
        self.log: list[str] = []
        self.changed = threading.Condition()
        self._resellers: list[Reseller] = []
        if codes:
            done = self.command("codes", "import", "-", stdin="\n".join(codes) + "\n")
            assert done.returncode == 0, done.stderr
        self.process = subprocess.Popen(
            [*PROGRAM, "run", "-c", self.path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_log, daemon=True),
            threading.Thread(target=self._read_output, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def configure(self, text: str) -> None:
        """Replaces its configuration in one step, as careful editors do: it never sees half a file."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)

    def command(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another command of the program, with this configuration."""
        return subprocess.run(
            [*PROGRAM, *arguments, "-c", self.path],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
        )

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self.changed:
                self.log.append(line.rstrip("\n"))
                self.changed.notify_all()

    def _read_output(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("null")

    def logged(self, *words: str, times: int = 1) -> str:
        """Waits for a log line with all these words."""

        def lines() -> list[str]:
            return [line for line in self.log if all(word in line for word in words)]

        with self.changed:
            found = self.changed.wait_for(lambda: len(lines()) >= times, PATIENCE)
        assert found, f"no line with {words} in:\n" + "\n".join(self.log)
        return lines()[-1]

    def ready(self) -> Proxy:
        """Waits for the ready line, and for those of the log that tell which processes there are."""
        try:
            self.event: dict[str, Any] = json.loads(self._lines.get(timeout=2 * PATIENCE))
        except queue.Empty:
            self.event = {}
        assert self.event, "not ready:\n" + "\n".join(self.log)
        host, _, port = self.event["listeners"][0].rpartition(":")
        self.address = (host, int(port))
        # The log comes by another pipe, and some tests look there for who was started.
        self.logged('"child_started"', times=1 + self.event["workers"])
        return self

    def connect(self) -> Reseller:
        reseller = Reseller(self.address)
        self._resellers.append(reseller)
        return reseller

    def bound(self, name: str, password: str = "pw", command: int = 0x09) -> Reseller:
        """A reseller that has bound."""
        reseller = self.connect()
        assert reseller.bind(name, password, command).status == 0
        return reseller

    def leave(self) -> None:
        """Closes all resellers that are left."""
        while self._resellers:
            self._resellers.pop().close()

    def get(self, path: str) -> tuple[int, str]:
        """GET from the admin address."""
        host, _, port = self.event["admin"].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n".encode())
            octets = b"".join(iter(lambda: sock.recv(65536), b""))
        head, _, body = octets.partition(b"\r\n\r\n")
        return int(head.split()[1]), body.decode()

    def memory(self) -> int:
        """Octets of resident memory of all workers."""
        total = 0
        for line in self.log:
            if '"child_started"' in line and "worker" in line:
                status = Path(f"/proc/{json.loads(line)['child_pid']}/status").read_text()
                total += int(status.partition("VmRSS:")[2].split()[0]) * 1024
        return total

    def clean(self) -> None:
        """Nothing was logged that ought not to be: no traceback, no error."""
        for line in list(self.log):
            assert "Traceback" not in line, line
            assert '"level":"error"' not in line, line

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> int:
        """Waits for the end; the exit code."""
        code = self.process.wait(2 * PATIENCE)
        for reader in self._readers:
            reader.join()
        return code

    def stop(self) -> int:
        """Tells it to end, as a supervisor does, and waits for that."""
        self.signal(signal.SIGTERM)
        return self.ends()

    def kill(self) -> None:
        """Makes an end whatever happened."""
        self.leave()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.ends()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


def configuration(
    upstreams: Iterable[str],
    accounts: Iterable[str],
    *,
    proxy: str = "",
    text: str = 'mode = "off"',
    code: str = "",
    more: str = "",
) -> str:
    """A configuration as text. Accounts are inline keys after ``system_id = ``."""
    tables = ["[proxy]", "drain_timeout = 30.0", proxy, '[[listeners]]\naddress = "127.0.0.1:0"']
    tables += [f"[[upstreams]]\n{each}" for each in upstreams]
    tables += [f"[[accounts]]\n{each}" for each in accounts]
    tables += ["[filters.code]", code, "[filters.text]", text, '[admin]\naddress = "127.0.0.1:0"', more]
    return "\n".join(tables) + "\n"


@pytest.fixture(scope="session")
def judged() -> str:
    """[filters.text] that refuses and has all the time a busy machine needs: what is late is let through otherwise."""
    return 'mode = "enforce"\ndeadline = 60.0\non_late = "refuse"'


@pytest.fixture(scope="session")
def octets() -> type[Octets]:
    """The builder of PDUs."""
    return Octets


@pytest.fixture(scope="session")
def _carrier() -> Iterator[Smsc]:
    smsc = Smsc()
    yield smsc
    smsc.end()


@pytest.fixture(scope="session")
def _pool_carrier() -> Iterator[Smsc]:
    smsc = Smsc()
    yield smsc
    smsc.end()


@pytest.fixture
def smsc(_carrier: Smsc) -> Smsc:
    """The SMSC of the shared proxy, with a fresh memory: what a test before had under way has come."""
    _carrier.quiet()
    _carrier.reset()
    return _carrier


@pytest.fixture
def pool_smsc(_pool_carrier: Smsc) -> Smsc:
    """The SMSC behind the shared proxy's pooled upstream, with a fresh memory."""
    _pool_carrier.reset()
    return _pool_carrier


@pytest.fixture(scope="session")
def _nobody() -> Iterator[str]:
    """An address nobody listens on, nor will."""
    with taken_place() as place:
        yield address_of(place)


@pytest.fixture(scope="session")
def _shared(
    tmp_path_factory: pytest.TempPathFactory, _carrier: Smsc, _pool_carrier: Smsc, _nobody: str
) -> Iterator[Proxy]:
    """One proxy for all tests that need no configuration of their own: texts are not judged, codes are."""
    paired = [
        'system_id = "reseller1"',
        'system_id = "second"',
        'system_id = "secret"\npassword = "s3cret"',
        'system_id = "narrow"\nwindow = 2',
        'system_id = "single"\nmax_binds = 1',
        'system_id = "slow"\nrate = 2',
        'system_id = "elsewhere"\nallow = ["203.0.113.0/24"]',
        'system_id = "explain"\nexplain_tlv = true',
        'system_id = "new"\nstatuses = "smpp50"',
        'system_id = "vendor"\nstatuses = "vendor"',
        f'system_id = "own"\ncodes = ["{OTHER_CODE}"]',
        'system_id = "strip"\ncode = { forward = "strip" }',
        'system_id = "rename"\ncode = { forward = "rename", to = 0x1500 }',
        f'system_id = "inject"\ninject_code = "{CODE}"',
        'system_id = "tagged"\ncode = { tag = 0x1600 }',
        'system_id = "free"\ncode = { mode = "off" }',
        'system_id = "watched"\ncode = { mode = "observe" }',
    ]
    accounts = [each + '\nupstream = "paired"' for each in paired]
    accounts += ['system_id = "timeout"\nupstream = "hasty"', 'system_id = "nobody"\nupstream = "nobody"']
    accounts += [
        'system_id = "pool1"\npassword = "pw"\nupstream = "pooled"\nnumbers = ["1588"]',
        'system_id = "pool2"\npassword = "pw"\nupstream = "pooled"\nnumbers = ["15889"]',
        'system_id = "hasty"\npassword = "pw"\nupstream = "hasty-pool"',
    ]
    upstreams = [
        f'name = "paired"\naddress = "{_carrier.address}"',
        f'name = "hasty"\naddress = "{_carrier.address}"\nresponse_timeout = 0.3',
        f'name = "nobody"\naddress = "{_nobody}"',
        f'name = "pooled"\naddress = "{_pool_carrier.address}"\nmode = "pooled"\nsystem_id = "proxy"\n'
        'password = "pw"\nbinds = 1\nwindow = 2',
        f'name = "hasty-pool"\naddress = "{_pool_carrier.address}"\nmode = "pooled"\nsystem_id = "hasty"\n'
        'password = "pw"\nbinds = 1\nwindow = 2\nresponse_timeout = 0.5',
    ]
    proxy = Proxy(tmp_path_factory.mktemp("shared"), configuration(upstreams, accounts), [CODE, OTHER_CODE, SUSPENDED])
    try:
        assert proxy.command("codes", "suspend", SUSPENDED).returncode == 0
        yield proxy.ready()
        proxy.leave()
        assert proxy.stop() == 0
        proxy.clean()
    finally:
        proxy.kill()


@pytest.fixture
def proxy(_shared: Proxy, _carrier: Smsc) -> Iterator[Proxy]:
    """The shared proxy; after each test it must still be well, and the links of the test's resellers gone."""
    yield _shared
    _shared.leave()
    _carrier.answer = _carrier.accept
    _carrier.quiet()
    _carrier.links.clear()
    _shared.clean()
    assert _shared.process.poll() is None


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Proxy]]:
    """Starts a proxy of the test's own: upstreams, accounts, and further parts of a configuration."""
    started: list[Proxy] = []

    def start(upstreams: Iterable[str], accounts: Iterable[str], codes: Iterable[str] = (), **parts: str) -> Proxy:
        started.append(Proxy(tmp_path, configuration(upstreams, accounts, **parts), codes))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture(scope="session")
def make_proxy() -> Callable[..., AbstractContextManager[Proxy]]:
    """Runs a proxy that a module shares; it must end well."""

    @contextmanager
    def run(
        folder: Path, upstreams: Iterable[str], accounts: Iterable[str], codes: Iterable[str] = (), **parts: str
    ) -> Iterator[Proxy]:
        proxy = Proxy(folder, configuration(upstreams, accounts, **parts), codes)
        try:
            yield proxy.ready()
            proxy.leave()
            assert proxy.stop() == 0
            proxy.clean()
        finally:
            proxy.kill()

    return run


@pytest.fixture(scope="session")
def make_smsc() -> Callable[[], AbstractContextManager[Smsc]]:
    """Makes an SMSC that a module shares."""

    @contextmanager
    def make() -> Iterator[Smsc]:
        smsc = Smsc()
        yield smsc
        smsc.end()

    return make


@pytest.fixture
def carrier() -> Iterator[Callable[[], Smsc]]:
    """Makes SMSCs of the test's own."""
    made: list[Smsc] = []

    def make() -> Smsc:
        made.append(Smsc())
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """Asks again and again until there is an answer: for what has no event to wait for.

    What is promised within a second is asked for as patiently as all else: a busy machine is no fault of the program.
    """

    def wait(question: Callable[[], Any], within: float = PATIENCE) -> Any:
        deadline = time.monotonic() + within
        while not (answer := question()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return answer

    return wait

"""The way of a command to the registry: through control while it runs, by its own hands while it does not."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from smppproxy.state.accounts import AccountRules, NoRules
from smppproxy.state.codes import ANY_SHAPE, CodeShape
from smppproxy.state.errors import BusyError, InputError, ProtocolError
from smppproxy.state.protocol import LINE_LIMIT, PIECE, SOCKET, decode, encode, reachable, result_of
from smppproxy.state.registry import Progress
from smppproxy.state.sanctions.rules import Policy
from smppproxy.state.senders import COUNTRY

PATIENCE: Final = 10.0  # s to wait for a lock that is held while nobody answers: another command, or control starting
RETRY: Final = 0.05  # s between two tries
SILENCE: Final = 120.0  # s without an answer or a sign of progress


class Client:
    """Sends requests. All but ``state_dir`` is needed only where the command has to do the work itself."""

    def __init__(
        self,
        state_dir: Path,
        *,
        database: str = "",
        shape: CodeShape = ANY_SHAPE,
        policy: Policy = Policy(),  # noqa: B008  immutable
        country: str = COUNTRY,
        accounts: AccountRules | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._state_dir = state_dir
        self._database = database
        self._shape = shape
        self._policy = policy
        self._country = country
        self._accounts = accounts or NoRules()
        self._patience = patience
        self._clock = clock

    def request(self, do: str, *, progress: Progress | None = None, **fields: Any) -> dict[str, Any]:
        """Return what a request brought. Raises what the registry raised, BusyError, ProtocolError."""
        message = {"do": do, **fields}
        try:
            encode(message)
        except UnicodeEncodeError:
            raise InputError("what was given is no valid UTF-8") from None
        give_up = time.monotonic() + self._patience
        while True:
            answer = self._through_control(message, progress)
            if answer is None:
                try:
                    answer = self._by_own_hands(message, progress)
                except BusyError as busy:
                    if time.monotonic() >= give_up:
                        raise BusyError(
                            f"{busy}, which does not answer on {SOCKET}; try again, or end that process"
                        ) from busy
                    time.sleep(RETRY)
                    continue
            return result_of(answer)

    def _by_own_hands(self, message: dict[str, Any], progress: Progress | None) -> dict[str, Any]:
        from smppproxy.state.authority import Authority  # half of a command's time, and seldom needed

        authority = Authority.take(
            self._state_dir,
            database=self._database,
            shape=self._shape,
            country=self._country,
            policy=self._policy,
            clock=self._clock,
            thorough=False,
        )
        authority.accounts.rules = self._accounts
        try:
            return authority.service.dispatch(message, progress)
        finally:
            authority.close()

    def _through_control(self, message: dict[str, Any], progress: Progress | None) -> dict[str, Any] | None:
        """Return control's answer, None when nobody listens."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SILENCE)
            try:
                with reachable(self._state_dir / SOCKET) as address:
                    connection.connect(address)
            except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
                return None
            except OSError as error:
                raise ProtocolError(f"{self._state_dir / SOCKET}: {error.strerror or error}") from error
            try:
                for ahead in _pieces(message, progress):
                    connection.sendall(encode(ahead))
                    result_of(_answer(connection, progress))
                connection.sendall(encode(message))
                return _answer(connection, progress)
            except TimeoutError:
                raise BusyError(
                    f"control did not answer within {SILENCE:g} s; whether the change was made, `show` tells"
                ) from None
            except OSError as error:
                raise ProtocolError(
                    f"control went away ({error.strerror}); whether the change was made, `show` tells"
                ) from error


def _pieces(message: dict[str, Any], progress: Progress | None) -> Iterator[dict[str, Any]]:
    """Yield the uploads that go ahead of a long text, and take it out of the message."""
    text = message.get("text", "")
    if len(text) <= PIECE:
        return
    message["upload"] = name = secrets.token_hex(8)
    message["text"] = ""
    for start in range(0, len(text), PIECE):
        if progress is not None:
            progress(start, len(text))
        yield {"do": "codes.upload", "upload": name, "text": text[start : start + PIECE]}


def _answer(connection: socket.socket, progress: Progress | None) -> dict[str, Any]:
    with connection.makefile("rb") as stream:
        while (line := stream.readline(LINE_LIMIT)).endswith(b"\n"):
            answer = decode(line)
            if "progress" not in answer:
                return answer
            if progress is not None:
                done, total = answer["progress"]
                progress(done, total)
    raise ProtocolError("control closed the connection without an answer; whether the change was made, `show` tells")

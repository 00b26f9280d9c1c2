internal import Contract

// The part of the client that does not depend on the catalogue.
extension PythonClient {
  static func header(_ version: String) -> String {
    #"""
    """A client for Roster \#(version), made by: roster types python

        with Roster("--as", "ada@acme.example") as roster:
            page = roster.users.list(org_id="acme")
    """

    from __future__ import annotations

    import asyncio
    import collections
    import concurrent.futures
    import contextlib
    import itertools
    import json
    import os
    import queue
    import subprocess
    import sysconfig
    import threading
    from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Literal, NotRequired, TypedDict, Unpack, overload
    """#
  }

  static let errors = #"""
    class InvalidValue(TypedDict):
        """A value in the params that is not valid."""

        pointer: str
        """JSON pointer into the params; empty for the params as a whole."""
        message: str


    class RosterError(Exception):
        """An error reply. `kind` and `reason` are for programs, the message and `hint` for people."""

        def __init__(self, error: Mapping[str, Any]) -> None:
            super().__init__(error["message"])
            data: Mapping[str, Any] = error.get("data") or {}
            self.code: int = error["code"]
            self.data = data
            self.kind: ErrorKind = data["kind"]
            self.reason: str | None = data.get("reason")
            """The exact cause, if there is a word for it."""
            self.hint: str = data.get("hint", "")
            """What to do."""
            self.retryable: bool = data.get("retryable", False)
            """Whether the same call may succeed later."""
            self.errors: list[InvalidValue] = data.get("errors", [])
            """Every value that is not valid."""
            self.retry_after_seconds: int | None = data.get("retry_after_seconds")


    class RosterEnded(Exception):
        """The process has ended, so that it answers no call any more."""

        def __init__(self, status: int | None) -> None:
            super().__init__(f"roster ended with status {status}")
            self.status = status


    class SubscriptionEnded(Exception):
        """The feed was replaced, for example by a restore: read the accounts again."""

        def __init__(self, feed_id: str) -> None:
            super().__init__("The subscription has ended, because the feed was replaced.")
            self.feed_id = feed_id

    """#

  static let shared = #"""
    def _command(program: str | None, arguments: Sequence[str]) -> list[str]:
        if program is None:
            # The program that was installed with this module, or one of PATH.
            installed = os.path.join(sysconfig.get_path("scripts"), "roster")
            program = installed if os.path.exists(installed) else "roster"
        return [program, "serve", *arguments]


    def _request(id: int, method: str, params: Mapping[str, Any] | None) -> bytes:
        request = {"jsonrpc": "2.0", "id": id, "method": method, "params": dict(params or {})}
        return json.dumps(request, allow_nan=False).encode() + b"\n"


    class _Finished:
        """The end of the events: for a reason, or because the client has left them."""

        def __init__(self, error: Exception | None = None) -> None:
            self.error = error


    def _notice(message: Mapping[str, Any]) -> Event | _Finished | None:
        if message.get("method") == "users.event":
            event: Event = message["params"]
            return event
        if message.get("method") == "users.subscription_ended":
            return _Finished(SubscriptionEnded(message["params"]["feed_id"]))
        return None

    """#

  static func process(_ namespaces: [String]) -> String {
    let fields = namespaces.map {
      "        self.\($0) = \(NamedSchemas.typeName(of: $0))Methods(self)\n"
    }
    return processHead + fields.joined() + processBody
  }

  private static let processHead = #"""
    class Roster:
        """A `roster serve` process. Several threads may call it at the same time.

        `arguments` are options of `roster serve`. A refused call raises `RosterError`, a call to a
        process that has ended `RosterEnded`.
        """

        def __init__(
            self,
            *arguments: str,
            program: str | None = None,
            cwd: str | None = None,
            env: Mapping[str, str] | None = None,
        ) -> None:

    """#

  private static let processBody = #"""
            try:
                self._process = subprocess.Popen(
                    _command(program, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    cwd=cwd, env=env)
            except OSError as error:
                raise RosterEnded(None) from error
            self._ids = itertools.count(1)
            self._lock = threading.Lock()
            self._waiting: dict[int, concurrent.futures.Future[Any]] = {}
            self._feed: queue.SimpleQueue[Event | _Finished] | None = None
            self._end: RosterEnded | None = None
            self._subscribing: dict[int, queue.SimpleQueue[Event | _Finished]] = {}
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

        def __enter__(self) -> Roster:
            return self

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None:
            status = self.close()
            if error is None and status != 0:
                raise RosterEnded(status)

        def close(self) -> int:
            """Lets the process answer what it was sent, and returns its exit status."""
            with self._lock:
                if self._process.stdin and not self._process.stdin.closed:
                    try:
                        self._process.stdin.close()
                    except BrokenPipeError:
                        pass
            self._reader.join()
            return self._process.wait()

        def call(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
            """Calls a method by its name, and returns its result."""
            return self._send(method, params).result()

        def _send(
            self, method: str, params: Mapping[str, Any] | None,
            feed: queue.SimpleQueue[Event | _Finished] | None = None,
        ) -> concurrent.futures.Future[Any]:
            id = next(self._ids)
            request = _request(id, method, params)
            future: concurrent.futures.Future[Any] = concurrent.futures.Future()
            with self._lock:
                if self._end:
                    raise RosterEnded(self._end.status)
                if feed:
                    self._subscribing[id] = feed
                self._waiting[id] = future
                self._write(request)
            return future

        def _write(self, request: bytes) -> None:
            stdin = self._process.stdin
            assert stdin
            try:
                stdin.write(request)
                stdin.flush()
            except (BrokenPipeError, ValueError):
                pass  # The process has ended, or the client was closed: the reader knows.

        def events(self, **params: Unpack[UsersSubscribeParams]) -> Generator[Event, None, None]:
            """The events from now on, or after `after`.

            A process has one subscription: another call ends the iterator of the one before.
            """
            feed: queue.SimpleQueue[Event | _Finished] = queue.SimpleQueue()
            self._send("users.subscribe", params, feed).result()
            return self._take(feed)

        def _take(self, feed: queue.SimpleQueue[Event | _Finished]) -> Generator[Event, None, None]:
            try:
                while not isinstance(event := feed.get(), _Finished):
                    yield event
                if event.error:
                    raise event.error
            finally:
                self._leave(feed)

        def _leave(self, feed: queue.SimpleQueue[Event | _Finished]) -> None:
            """Unsubscribes without waiting: a generator may be finalized in any thread, at any time."""
            request = _request(next(self._ids), "users.unsubscribe", {})
            # If another thread has the lock, the server goes on sending, and `_receive` drops it.
            if self._lock.acquire(blocking=False):
                try:
                    if self._feed is feed:
                        self._feed = None
                        if not self._end and not self._subscribing:
                            self._write(request)
                finally:
                    self._lock.release()
            elif self._feed is feed:
                self._feed = None

        def _read(self) -> None:
            stdout = self._process.stdout
            assert stdout
            try:
                with stdout:
                    for line in stdout:
                        if line.endswith(b"\n"):
                            self._receive(json.loads(line))
            finally:
                self._finish()

        def _finish(self) -> None:
            end = RosterEnded(self._process.wait())
            with self._lock:
                self._end = end
                waiting, self._waiting = self._waiting, {}
                feed, self._feed = self._feed, None
            for future in waiting.values():
                future.set_exception(end)
            if feed:
                feed.put(_Finished(end if end.status else None))

        def _receive(self, message: Mapping[str, Any]) -> None:
            id = message.get("id")
            if id is None and "error" in message:
                # The error of a request that the server could not read. Replies come in order.
                id = next(iter(self._waiting), None)
            if id is None:
                feed, notice = self._feed, _notice(message)
                if feed and notice:
                    feed.put(notice)
                return
            future = self._waiting.pop(id, None)
            feed = self._subscribing.pop(id, None)
            if feed and "result" in message:
                # Events after this reply belong to the new subscription, and those before do not.
                previous, self._feed = self._feed, feed
                if previous:
                    previous.put(_Finished())
            if future is None:
                return
            if "error" in message:
                future.set_exception(RosterError(message["error"]))
            else:
                future.set_result(message["result"])

    """#
}

internal import Contract

extension PythonClient {
  static func asyncProcess(_ namespaces: [String]) -> String {
    let fields = namespaces.map {
      "        self.\($0) = Async\(NamedSchemas.typeName(of: $0))Methods(self)\n"
    }
    return asyncProcessHead + fields.joined() + asyncProcessBody
  }

  private static let asyncProcessHead = #"""
    class AsyncRoster:
        """A `roster serve` process for asyncio: `async with AsyncRoster(…) as roster:`.

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

  private static let asyncProcessBody = #"""
            self._arguments = (program, arguments, cwd, env)
            self._process: asyncio.subprocess.Process | None = None
            self._ids = itertools.count(1)
            self._waiting: dict[int, asyncio.Future[Any]] = {}
            self._feed: asyncio.Queue[Event | _Finished] | None = None
            self._end: RosterEnded | None = None
            self._subscribing: dict[int, asyncio.Queue[Event | _Finished]] = {}

        async def __aenter__(self) -> AsyncRoster:
            program, arguments, cwd, env = self._arguments
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *_command(program, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    cwd=cwd, env=env)
            except OSError as error:
                raise RosterEnded(None) from error
            self._reader = asyncio.create_task(self._read(self._process))
            return self

        async def __aexit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None:
            status = await self.close()
            if error is None and status != 0:
                raise RosterEnded(status)

        async def close(self) -> int:
            """Lets the process answer what it was sent, and returns its exit status."""
            assert self._process and self._process.stdin
            self._process.stdin.close()
            await asyncio.wait([self._reader])
            return await self._process.wait()

        async def call(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
            """Calls a method by its name, and returns its result."""
            future = self._send(method, params)
            assert self._process and self._process.stdin
            try:
                await self._process.stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                pass  # The process has ended: the reader knows.
            return await future

        def _send(
            self, method: str, params: Mapping[str, Any] | None,
            feed: asyncio.Queue[Event | _Finished] | None = None,
        ) -> asyncio.Future[Any]:
            assert self._process and self._process.stdin, "use: async with AsyncRoster(…)"
            if self._end or self._process.stdin.is_closing():
                raise RosterEnded(self._end.status if self._end else None)
            id = next(self._ids)
            request = _request(id, method, params)
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._waiting[id] = future
            if feed:
                self._subscribing[id] = feed
            self._process.stdin.write(request)
            return future

        async def events(self, **params: Unpack[UsersSubscribeParams]) -> AsyncGenerator[Event, None]:
            """The events from now on, or after `after`: `async for event in roster.events():`.

            A process has one subscription: another call ends the iterator of the one before.
            """
            feed: asyncio.Queue[Event | _Finished] = asyncio.Queue()
            try:
                await self._send("users.subscribe", params, feed)
                while not isinstance(event := await feed.get(), _Finished):
                    yield event
                if event.error:
                    raise event.error
            finally:
                # Without waiting: the reader may be cancelled, or the process have ended.
                if self._feed is feed:
                    self._feed = None
                    if not self._subscribing:
                        with contextlib.suppress(RosterEnded):
                            self._send("users.unsubscribe", {}).cancel()

        async def _read(self, process: asyncio.subprocess.Process) -> None:
            assert process.stdout
            parts: collections.deque[bytes] = collections.deque()
            try:
                while chunk := await process.stdout.read(65536):
                    first, *lines = chunk.split(b"\n")
                    parts.append(first)
                    for rest in lines:
                        self._receive(json.loads(b"".join(parts)))
                        parts.clear()
                        parts.append(rest)
                await process.wait()
            finally:
                self._finish(RosterEnded(process.returncode))

        def _finish(self, end: RosterEnded) -> None:
            self._end = end
            waiting, self._waiting = self._waiting, {}
            for future in waiting.values():
                if not future.done():
                    future.set_exception(self._end)
            if self._feed:
                self._feed.put_nowait(_Finished(self._end if self._end.status else None))
                self._feed = None

        def _receive(self, message: Mapping[str, Any]) -> None:
            id = message.get("id")
            if id is None and "error" in message:
                # The error of a request that the server could not read. Replies come in order.
                id = next(iter(self._waiting), None)
            if id is None:
                notice = _notice(message)
                if self._feed and notice:
                    self._feed.put_nowait(notice)
                return
            future = self._waiting.pop(id)
            feed = self._subscribing.pop(id, None)
            if feed and "result" in message:
                previous, self._feed = self._feed, feed
                if previous:
                    previous.put_nowait(_Finished())
            if future.done():  # The call was cancelled.
                return
            if "error" in message:
                future.set_exception(RosterError(message["error"]))
            else:
                future.set_result(message["result"])
    """#
}

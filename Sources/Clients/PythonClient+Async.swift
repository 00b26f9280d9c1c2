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

        async def __aenter__(self) -> AsyncRoster:
            program, arguments, cwd, env = self._arguments
            self._process = await asyncio.create_subprocess_exec(
                *_command(program, arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                cwd=cwd, env=env)
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
            await self._reader
            return await self._process.wait()

        async def call(self, method: str, params: Mapping[str, Any] | None = None) -> Any:
            """Calls a method by its name, and returns its result."""
            if self._end:
                raise self._end
            assert self._process and self._process.stdin, "use: async with AsyncRoster(…)"
            id = next(self._ids)
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._waiting[id] = future
            self._process.stdin.write(_request(id, method, params))
            try:
                await self._process.stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                pass  # The process has ended: the reader knows.
            return await future

        async def events(self, **params: Unpack[UsersSubscribeParams]) -> AsyncGenerator[Event, None]:
            """The events from now on, or after `after`: `async for event in roster.events():`.

            A process has one subscription: another call ends the iterator of the one before.
            """
            feed: asyncio.Queue[Event | _Finished] = asyncio.Queue()
            previous, self._feed = self._feed, feed
            if previous:
                previous.put_nowait(_Finished())
            try:
                await self.users.subscribe(**params)
                while not isinstance(event := await feed.get(), _Finished):
                    yield event
                if event.error:
                    raise event.error
            finally:
                if self._feed is feed:
                    self._feed = None
                    if not self._end:
                        await self.users.unsubscribe()

        async def _read(self, process: asyncio.subprocess.Process) -> None:
            assert process.stdout
            parts: collections.deque[bytes] = collections.deque()
            while chunk := await process.stdout.read(65536):
                first, *lines = chunk.split(b"\n")
                parts.append(first)
                for rest in lines:
                    self._receive(json.loads(b"".join(parts)))
                    parts.clear()
                    parts.append(rest)
            self._end = RosterEnded(await process.wait())
            waiting, self._waiting = self._waiting, {}
            for future in waiting.values():
                if not future.done():
                    future.set_exception(self._end)
            if self._feed:
                self._feed.put_nowait(_Finished(self._end if self._end.status else None))
                self._feed = None

        def _receive(self, message: Mapping[str, Any]) -> None:
            id = message.get("id")
            if id is None:
                notice = _notice(message)
                if self._feed and notice:
                    self._feed.put_nowait(notice)
                return
            future = self._waiting.pop(id)
            if future.done():  # The call was cancelled.
                return
            if "error" in message:
                future.set_exception(RosterError(message["error"]))
            else:
                future.set_result(message["result"])
    """#
}

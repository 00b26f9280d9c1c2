"""pygls and python-lsp-jsonrpc, which send a Content-Length header before each message."""

import asyncio
import json
import os
import subprocess
import threading
import uuid

from lsprotocol import types
from pygls.client import JsonRPCClient
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import BaseLanguageClient
from pylsp_jsonrpc.endpoint import Endpoint
from pylsp_jsonrpc.exceptions import JsonRpcException as EndpointError
from pylsp_jsonrpc.streams import JsonRpcStreamReader, JsonRpcStreamWriter

from rig import SAMPLE_COUNT, TEST_SECONDS_MAX, check, test

ENVIRONMENTS = ("wire",)
ANSWER_SECONDS_MAX = 20
# Letters of two, three and four bytes, and characters that join or separate others.
NAMES = ["Zoë", "女の子", "🦉🦉", "a\u200db", "Μαρία", "a\u2028b"]
UNKNOWN = "nobody@acme.example"


def person(word, name):
    return {"email": word + "@acme.example", "name": name, "org_id": "acme"}


# --- pygls --------------------------------------------------------------------------------------


class Witnessed:
    """A client of pygls that keeps the notifications and problems it receives."""

    def __init__(self, *words):
        super().__init__(*words)
        self.status = None
        self.problems = []
        self.events = []
        self.feature("users.event")(lambda event: self.events.append(event))

    async def server_exit(self, server):
        self.status = server.returncode

    def report_server_error(self, error, source):
        self.problems.append(error)

    async def ask(self, method, params=None, id=None):
        answer = self.protocol.send_request_async(method, params, id)
        return await asyncio.wait_for(answer, ANSWER_SECONDS_MAX)

    async def leave(self):
        check(await self.ask("shutdown") is None, "shutdown did not return null")
        self.protocol.notify("exit")
        await self.check_end()

    async def check_end(self):
        await asyncio.wait_for(self.stop(), ANSWER_SECONDS_MAX)
        check(self.status == 0, f"the server ended with {self.status}")
        check(not self.problems, f"the client had problems: {self.problems}")


class Bare(Witnessed, JsonRPCClient):
    """The client without language server features."""


class Editor(Witnessed, BaseLanguageClient):
    """The client that the tests of language servers use."""


@test
async def a_language_client_of_pygls_lives_a_whole_life(rig):
    editor = Editor("tests", "1")
    await editor.start_io(*rig.serve())
    about = await asyncio.wait_for(
        editor.initialize_async(types.InitializeParams(
            process_id=os.getpid(), root_uri=None, capabilities=types.ClientCapabilities())),
        ANSWER_SECONDS_MAX)
    check(about.server_info.name == "roster", f"initialize returned {about}")
    check(about.server_info.version == rig.run("--version").split()[-1], f"{about}")
    editor.initialized(types.InitializedParams())
    made = await editor.ask("users.create", person("a", NAMES[0]))
    check(value(made, "name") == NAMES[0], f"created {made}")
    check(await editor.ask("users.count") == 2, "the count is wrong")
    check(await asyncio.wait_for(editor.shutdown_async(None), ANSWER_SECONDS_MAX) is None,
          "shutdown did not return null")
    editor.exit(None)
    await editor.check_end()


@test
async def a_bare_client_of_pygls_needs_no_initialize_and_may_ask_200_things_at_once(rig):
    bare = Bare()
    await bare.start_io(*rig.serve())
    asked = [
        bare.ask("users.create", person(f"u{n}", NAMES[n % len(NAMES)]))
        for n in range(200)]
    for number, made in enumerate(await asyncio.gather(*asked)):
        check(value(made, "email") == f"u{number}@acme.example", f"reply {number} is {made}")
        check(value(made, "name") == NAMES[number % len(NAMES)], f"{made}")
    check(await bare.ask("users.count") == 201, "the count is wrong")
    await bare.leave()


@test
async def ids_of_pygls_come_back_be_they_UUIDs_or_numbers(rig):
    bare = Bare()
    await bare.start_io(*rig.serve())
    for id in (str(uuid.uuid4()), 0, 7, "7", "é"):
        check(await bare.ask("users.count", None, id) == 1, f"the request {id!r} failed")
    check(not bare.protocol._request_futures, "some replies matched no request")
    await bare.leave()


@test
async def refusals_are_exceptions_of_pygls_with_code_and_data(rig):
    bare = Bare()
    await bare.start_io(*rig.serve())
    for method, params, code, kind in (
        ("users.get", {}, -32602, "invalid_params"),
        ("users.fly", None, -32601, "method_not_found"),
        ("$/fly", None, -32601, "method_not_found"),
        ("textDocument/hover", {"position": {}}, -32601, "method_not_found"),
        ("users.delete", [UNKNOWN], 404, "not_found"),
    ):
        try:
            answer = await bare.ask(method, params)
        except JsonRpcException as problem:
            check(problem.code == code, f"{method}: {problem.code} {problem}")
            check(value(problem.data, "kind") == kind, f"{method}: {problem.data}")
            continue
        check(False, f"{method} was answered: {answer}")
    check(await bare.ask("users.count") == 1, "a call after the refusals failed")
    await bare.leave()


@test
async def pygls_is_told_of_events_between_its_answers(rig):
    bare = Bare()
    await bare.start_io(*rig.serve())
    begun = await bare.ask("users.subscribe", {})
    for number, name in enumerate(NAMES):
        await bare.ask("users.create", person(f"u{number}", name))
    for _ in range(1000):
        if len(bare.events) >= len(NAMES):
            break
        await asyncio.sleep(0.01)
    told = [(value(event, "seq"), value(event, "email")) for event in bare.events]
    first = value(begun, "after") + 1
    check(told == [(first + n, f"u{n}@acme.example") for n in range(len(NAMES))], f"got {told}")
    await bare.leave()


@test
async def a_page_of_1000_people_reaches_pygls_whole(rig):
    bare = Bare()
    await bare.start_io(*rig.serve(rig.store(sample=True)))
    page = await bare.ask("users.list", {"limit": 1000, "include_inactive": True})
    check(len(value(page, "users")) == 1000, "the page is incomplete")
    rest = await bare.ask(
        "users.list",
        {"limit": 1000, "include_inactive": True, "cursor": value(page, "next_cursor")})
    count = 1000 + len(value(rest, "users"))
    check(count == SAMPLE_COUNT + 1, f"{count} people on both pages")
    await bare.leave()


def value(answer, name):
    """A field of what pygls makes of a JSON object: a dictionary, or an object with attributes."""
    return answer[name] if isinstance(answer, dict) else getattr(answer, name)


# --- python-lsp-jsonrpc -------------------------------------------------------------------------


class Streams:
    """Reader, writer and endpoint of python-lsp-jsonrpc, connected to a server."""

    def __init__(self, command, **dumps):
        self.events = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.writer = JsonRpcStreamWriter(self.process.stdin, **dumps)
        self.reader = JsonRpcStreamReader(self.process.stdout)
        self.endpoint = Endpoint({"users.event": self.events.append}, self.writer.write)
        self.thread = threading.Thread(
            target=self.reader.listen, args=(self.endpoint.consume,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        self.writer.close()
        status = self.process.wait(TEST_SECONDS_MAX)
        self.thread.join(ANSWER_SECONDS_MAX)
        self.endpoint.shutdown()
        self.reader.close()
        if failure is None:
            check(status == 0, f"the server ended with {status}")

    def ask(self, method, params=None):
        return self.endpoint.request(method, params).result(ANSWER_SECONDS_MAX)


@test
def streams_of_python_lsp_jsonrpc_live_a_whole_life(rig):
    with Streams(rig.serve()) as streams:
        about = streams.ask(
            "initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        check(about["capabilities"] == {} and about["serverInfo"]["name"] == "roster", f"{about}")
        streams.endpoint.notify("initialized", {})
        made = streams.ask("users.create", person("a", "A"))
        check(
            streams.ask("users.get", [made["id"], ["name"]]) == {"name": "A"},
            "the account differs")
        check(streams.ask("shutdown") is None, "shutdown did not return null")
        streams.endpoint.notify("exit")
        check(streams.process.wait(ANSWER_SECONDS_MAX) == 0, "exit does not end it")


@test
def lengths_are_counted_in_bytes_both_ways(rig):
    # Not escaped, whereas the other clients escape characters that are not ASCII.
    with Streams(rig.serve(), ensure_ascii=False) as streams:
        for number, name in enumerate(NAMES):
            made = streams.ask("users.create", person(f"u{number}", name))
            check(made["name"] == name, f"{name!r} became {made['name']!r}")
        page = streams.ask("users.list", {"query": NAMES[1]})
        check([user["name"] for user in page["users"]] == [NAMES[1]], f"found {page}")
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "users.count",
                       "params": {"query": NAMES[1]}}, ensure_ascii=False).encode()
    done = subprocess.run(
        rig.serve(), input=b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        capture_output=True, timeout=TEST_SECONDS_MAX)
    head, _, rest = done.stdout.partition(b"\r\n\r\n")
    check(head == b"Content-Length: %d" % len(rest), f"the reply is {done.stdout}")
    check(json.loads(rest) == {"jsonrpc": "2.0", "id": 1, "result": 0}, f"the reply is {rest}")


@test
def its_refusals_and_events_arrive(rig):
    with Streams(rig.serve()) as streams:
        begun = streams.ask("users.subscribe")["after"]
        for method, params, code in (
            ("users.get", {}, -32602),
            ("users.fly", None, -32601),
            ("users.delete", [UNKNOWN], 404),
        ):
            try:
                answer = streams.ask(method, params)
            except EndpointError as problem:
                check(problem.code == code and problem.data["hint"], f"{method}: {problem.data}")
                continue
            check(False, f"{method} was answered: {answer}")
        streams.ask("users.create", person("a", NAMES[1]))
        streams.ask("users.unsubscribe")
        told = [(event["seq"], event["email"]) for event in streams.events]
        check(told == [(begun + 1, "a@acme.example")], f"got {told}")


@test
def a_page_of_1000_people_reaches_it_whole_and_so_does_what_follows(rig):
    with Streams(rig.serve(rig.store(sample=True))) as streams:
        futures = [streams.endpoint.request("users.list", {"limit": 1000}) for _ in range(20)]
        futures.append(streams.endpoint.request("users.count", {}))
        *pages, count = [future.result(ANSWER_SECONDS_MAX) for future in futures]
        check(all(len(page["users"]) == 1000 for page in pages), "a page is incomplete")
        check(count > 1000, f"the count is {count}")

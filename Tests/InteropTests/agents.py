"""The official MCP SDK, in both major versions and in every protocol revision that it
supports."""

import contextlib
import email
import email.policy
import importlib.metadata
import json
import os
import re
import sys

import anyio
import jsonschema
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from rig import OWNER, SAMPLE_COUNT, check, test
from witness import told

try:
    from mcp import Client
    from mcp.client import session as negotiation
    from mcp.shared.exceptions import MCPError
except ImportError:  # Version 1 of the SDK.
    Client = None
    from mcp import McpError as MCPError
    from mcp import types as negotiation

ENVIRONMENTS = ("mcp-1", "mcp-2")
SDK = importlib.metadata.version("mcp")
INITIALIZED = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
# "auto" sends server/discover first; a version is used without that.
STATELESS = ("auto", "2026-07-28") if Client else ()
VERSIONS = INITIALIZED + STATELESS
NEWEST = VERSIONS[-1]
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
CLOSE_SECONDS_MAX = 1


class Agent:
    """The operations that the tests need from a client, independent of the SDK's version."""

    def __init__(self, session, version, server):
        self.session = session
        self.version = version
        self.server = server

    async def tools(self):
        """All tools, page by page, as they came over the wire."""
        found = []
        page = await self.session.list_tools()
        while True:
            found += page.tools
            cursor = told_as(page, "nextCursor")
            if cursor is None:
                return [Tool(tool) for tool in found]
            page = await self.session.list_tools(cursor=cursor)

    async def ping(self):
        # The inner session's method does not warn that newer revisions have no ping.
        await getattr(self.session, "session", self.session).send_ping()

    async def call(self, tool, /, **arguments):
        """A result. The SDK itself validates it against the tool's outputSchema."""
        return Answer(await self.session.call_tool(tool, arguments))

    async def done(self, tool, /, **arguments):
        """The value of a call, which must succeed."""
        answer = await self.call(tool, **arguments)
        check(not answer.is_error, f"{tool} {arguments} was refused: {answer.text}")
        return answer.value

    async def refused(self, tool, /, **arguments):
        """The text that the model gets from a call, which must be refused."""
        answer = await self.call(tool, **arguments)
        check(answer.is_error, f"{tool} {arguments} was not refused: {answer.structured}")
        return answer.text


class Tool:
    """A tool as listed."""

    def __init__(self, tool):
        self.name = tool.name
        self.title = tool.title
        self.description = tool.description
        self.input = told_as(tool, "inputSchema")
        self.output = told_as(tool, "outputSchema")
        self.hints = {hint: told_as(tool.annotations, hint) for hint in HINTS}


class Answer:
    """The result of a tool call."""

    def __init__(self, result):
        self.is_error = told_as(result, "isError")
        self.structured = told_as(result, "structuredContent")
        kinds = [content.type for content in result.content]
        check(kinds == ["text"], f"the content is {kinds}")
        self.text = result.content[0].text

    @property
    def value(self):
        """The method's result. Results that are not objects are wrapped in one."""
        wrapped = self.structured
        return wrapped["result"] if list(wrapped) == ["result"] else wrapped


def told_as(model, name):
    """A field by its name on the wire. The SDK's versions spell it differently."""
    snake = re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)
    return getattr(model, name) if hasattr(model, name) else getattr(model, snake)


@contextlib.asynccontextmanager
async def connected(command, version=NEWEST, person=None):
    """A client of a server that speaks this version, with a callback for questions to a person."""
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    if Client:
        mode = version if version in STATELESS else "legacy"
        with offered("LATEST_HANDSHAKE_VERSION", version if mode == "legacy" else None):
            async with Client(parameters, mode=mode, read_timeout_seconds=30,
                              elicitation_callback=person) as client:
                yield Agent(client, client.protocol_version, client.server_info)
        return
    async with (stdio_client(parameters) as streams,
                ClientSession(*streams, elicitation_callback=person) as session):
        with offered("LATEST_PROTOCOL_VERSION", version):
            about = await session.initialize()
        yield Agent(session, about.protocolVersion, about.serverInfo)


@contextlib.contextmanager
def offered(constant, version):
    """Lets the SDK offer a version that is not its newest."""
    newest = getattr(negotiation, constant)
    setattr(negotiation, constant, version or newest)
    try:
        yield
    finally:
        setattr(negotiation, constant, newest)


# --- Every tool ---------------------------------------------------------------------------------

ZOE = "zoe@acme.example"
BO = "bo@acme.example"

# Calls that succeed, in this order. A tool without a call here fails the test.
CALLS = [
    ("users_get_current", {}),
    ("users_create", {"email": ZOE, "name": "Zoë 女 🦉", "org_id": "acme",
                      "metadata": {"desk": {"floor": 2, "lamp": None}}}),
    ("users_create", {"email": BO, "name": "Bo", "org_id": "acme", "invite_mode": "email_link"}),
    ("users_create", {"email": ZOE, "name": "Zoë", "org_id": "acme", "if_exists": "return"}),
    ("users_get", {"user_id": ZOE}),
    ("users_get", {"user_id": ZOE, "fields": ["name", "version"]}),
    ("users_get", {"user_id": "nobody@acme.example"}),
    ("users_list", {}),
    ("users_list", {"query": "zoe", "limit": 1, "fields": ["email"], "include_total": True}),
    ("users_list", {"offset": 1, "sort_by": "name", "sort_order": "desc"}),
    ("users_count", {}),
    ("users_count", {"org_id": "acme", "status": ["invited"]}),
    ("users_update", {"user_id": ZOE, "job_title": "Engineer", "expected_version": 1}),
    ("users_update", {"user_id": ZOE, "clear": ["company"], "metadata": {"desk": None}}),
    ("users_update", {"user_id": ZOE, "company": "Acme", "dry_run": True}),
    ("users_invite", {"user_id": ZOE, "idempotency_key": "invite-zoe"}),
    ("users_invite", {"user_id": ZOE, "idempotency_key": "invite-zoe"}),
    ("users_bulk", {"operations": [
        {"method": "users_update", "params": {"user_id": ZOE, "company": "Acme"}},
        {"method": "users.update", "params": {"user_id": "nobody@acme.example", "name": "X"}}]}),
    ("users_bulk", {"atomic": True, "operations": [
        {"method": "users.update", "params": {"user_id": ZOE, "company": "Other"}},
        {"method": "users.delete", "params": {"user_id": "nobody@acme.example"}}]}),
    ("users_delete", {"user_id": ZOE, "mode": "soft"}),
    ("users_restore", {"user_id": ZOE}),
    ("users_delete", {"user_id": ZOE, "dry_run": True}),
    ("users_delete", {"user_id": ZOE}),
    ("users_events", {}),
    ("users_events", {"after": 1, "limit": 2, "types": ["user_created", "user_deleted"]}),
]

READING = {"users_list", "users_count", "users_get", "users_get_current", "users_events"}
ALL = {name for name, _ in CALLS}
METHODS = {name.replace("_", ".", 1) for name in ALL}


@test
async def every_tool_is_called_and_its_results_are_what_it_says(rig):
    count = 0
    for version in VERSIONS:
        mail = rig.path(f"mail-{version}")
        os.mkdir(mail)
        async with connected(rig.serve("memory", "--mail", "dir:" + mail), version) as agent:
            tools = {tool.name: tool for tool in await agent.tools()}
            check(set(tools) == ALL, f"{version}: tools without a call: {set(tools) ^ ALL}")
            for name, arguments in CALLS:
                answer = await agent.call(name, **arguments)
                check_answer(tools[name], arguments, answer, version)
                count += 1
    return f"{count} calls, {', '.join(VERSIONS)}"


def check_answer(tool, arguments, answer, version):
    at = f"{tool.name} {arguments} at {version}"
    check(not answer.is_error, f"{at} was refused: {answer.text}")
    problems = validator(tool.input).iter_errors(arguments)
    check(not list(problems), f"{at}: its own inputSchema refuses this")
    problems = [f"{p.json_path}: {p.message[:200]}"
                for p in validator(tool.output).iter_errors(answer.structured)]
    check(not problems, f"{at}: {problems[:3]}")
    # A field that may be null has no type in this dialect, so users_get needs another invalid
    # value.
    unlike = {"no_such": 1} if tool.name == "users_get" else {"result": {"no_such": 1.5}}
    check(not validator(tool.output).is_valid(unlike), f"{at}: the outputSchema accepts anything")
    check(json.loads(answer.text) == answer.structured, f"{at}: text and structure differ")


def validator(schema):
    return jsonschema.Draft202012Validator(schema)


# The fields of an account that tools return by default.
BRIEF = ("id", "email", "name", "organization_id", "roles", "status", "version")


@test
async def results_tell_what_was_done(rig):
    async with connected(rig.serve()) as agent:
        made = await agent.done("users_create", email=ZOE, name="Zoë 女 🦉", org_id="acme")
        check((made["name"], made["version"]) == ("Zoë 女 🦉", 1), f"created {made}")
        seen = await agent.done("users_get", user_id=made["id"])
        check(seen == {name: made[name] for name in BRIEF}, f"created {made}, got {seen}")
        seen = await agent.done("users_get", user_id=made["id"], fields=list(made))
        check(seen == made, f"created {made}, got {seen}")
        tried = await agent.done("users_update", user_id=ZOE, name="Z", dry_run=True)
        check((tried["name"], tried["version"]) == ("Z", 2), f"a dry run said {tried}")
        kept = await agent.done("users_get", user_id=ZOE, fields=["name", "version"])
        check(kept == {"name": made["name"], "version": 1}, f"a dry run left {kept}")
        check(await agent.done("users_count") == 2, "users_count did not return 2")
        check(
            await agent.done("users_delete", user_id=ZOE) is True,
            "users_delete did not return true")
        check(await agent.done("users_get", user_id=ZOE) is None, "a deleted account is not null")
        feed = await agent.done("users_events", types=["user_deleted"])
        check([event["email"] for event in feed["events"]] == [ZOE], f"the feed has {feed}")


@test
async def a_model_pages_through_1200_people_by_has_more_and_next_cursor(rig):
    async with connected(rig.serve(rig.store(sample=True))) as agent:
        found, cursor = [], {}
        while True:
            page = await agent.done(
                "users_list", limit=173, include_inactive=True, fields=["id", "name"], **cursor)
            found += [user["id"] for user in page["users"]]
            if not page["has_more"]:
                break
            cursor = {"cursor": page["next_cursor"]}
        check(len(set(found)) == len(found) == SAMPLE_COUNT + 1, f"found {len(found)} people")
        events, after = 0, 0
        while True:
            feed = await agent.done("users_events", after=after, limit=1000)
            events, after = events + len(feed["events"]), feed["next"]
            if not feed["has_more"]:
                break
        check(events >= SAMPLE_COUNT, f"found {events} events")


@test
async def two_hundred_calls_at_once_each_get_their_own_answer(rig):
    async with connected(rig.serve()) as agent:
        answers = {}

        async def create(number):
            address = f"agent{number}@acme.example"
            answers[address] = await agent.done(
                "users_create", email=address, name="A", org_id="acme")

        async with anyio.create_task_group() as group:
            for number in range(200):
                group.start_soon(create, number)
        check(len(answers) == 200, f"{len(answers)} results")
        mixed = [wanted for wanted, made in answers.items() if made["email"] != wanted]
        check(not mixed, f"these got results of other calls: {mixed[:3]}")


# --- Refusals -----------------------------------------------------------------------------------

# A call, and the texts that its refusal must contain for the model.
REFUSALS = [
    ("users_get", {}, ("user_id", "required")),
    ("users_get", {"user_id": 7}, ("/user_id", "string")),
    ("users_list", {"limit": 5000}, ("/limit", "1000")),
    ("users_list", {"colour": "red"}, ("/colour",)),
    ("users_list", {"fields": ["nmae"]}, ("name",)),
    ("users_create", {"email": "zoe at acme", "name": ""}, ("/email", "/name")),
    ("users_create", {"email": OWNER, "name": "O", "org_id": "acme"}, ("email_taken",)),
    ("users_create", {"email": ZOE, "name": "Z", "org_id": "acme", "invite_mode": "email_link"},
     ("mail_needed", "roster call users.invite")),
    ("users_update", {"user_id": "nobody@acme.example", "name": "N"}, ("not_found",)),
    ("users_update", {"user_id": OWNER, "name": "O", "expected_version": 7},
     ("version_mismatch",)),
    ("users_delete", {"user_id": OWNER}, ("own_account", "another owner")),
    ("users_restore", {"user_id": "nobody@acme.example"}, ("not_found",)),
    ("users_bulk", {"operations": []}, ("/operations",)),
]


@test
async def refusals_are_results_that_tell_the_model_what_to_do(rig):
    for version in VERSIONS:
        async with connected(rig.serve(), version) as agent:
            await agent.tools()
            for name, arguments, words in REFUSALS:
                text = await agent.refused(name, **arguments)
                at = f"{name} {arguments} at {version}"
                missing = [word for word in words if word not in text]
                check(not missing, f"{at} does not say {missing}: {text}")
                methods = set(re.findall(r"(?<!roster call )users\.[a-z_]+", text)) & METHODS
                check(not methods, f"{at} names {methods}, which are not tools: {text}")
                # A line for the cause, and at least one for the remedy.
                check(len(text.splitlines()) > 1, f"{at} has no remedy: {text}")
    return f"{len(REFUSALS)} refusals"


@test
async def a_conflict_tells_which_version_to_go_on_with(rig):
    async with connected(rig.serve()) as agent:
        await agent.done("users_create", email=ZOE, name="Z", org_id="acme")
        await agent.done("users_update", user_id=ZOE, name="Zoë")
        text = await agent.refused("users_update", user_id=ZOE, name="Y", expected_version=1)
        check("2" in text, f"the refusal does not contain the current version: {text}")


@test
async def unknown_tools_are_errors_of_the_protocol(rig):
    for version in VERSIONS:
        async with connected(rig.serve(), version) as agent:
            for name in ("users_lisst", "users.list", "users_authenticate", "", "tools/list"):
                try:
                    answer = await agent.call(name)
                except MCPError as problem:
                    check(problem.error.code == -32602, f"{name!r}: {problem.error}")
                    continue
                check(False, f"{name!r} at {version} was answered: {answer.text}")


@test
async def a_call_that_was_refused_leaves_the_connection_as_it_was(rig):
    async with connected(rig.serve()) as agent:
        for _ in range(20):
            await agent.refused("users_delete", user_id=OWNER)
            check(await agent.done("users_count") == 1, "the next call failed")


# --- Listing ------------------------------------------------------------------------------------


@test
async def each_version_is_agreed_on_and_the_server_says_who_it_is(rig):
    program = rig.run("--version").split()[-1]
    for version in VERSIONS:
        async with connected(rig.serve(), version) as agent:
            agreed = "2026-07-28" if version in STATELESS else version
            check(agent.version == agreed, f"offered {version}, agreed on {agent.version}")
            if version != "2026-07-28":  # It starts without a handshake.
                check((agent.server.name, agent.server.version) == ("roster", program),
                      f"at {version} the server is {agent.server}")
    return f"mcp {SDK}: {', '.join(VERSIONS)}"


@test
async def names_hints_and_schemas_are_what_hosts_take(rig):
    async with connected(with_mail(rig)) as agent:
        tools = await agent.tools()
        for tool in tools:
            at = tool.name
            check(re.fullmatch("[a-z0-9_]{1,40}", tool.name), f"{at} is not a valid name")
            check(tool.title and tool.description, f"{at} has no title or description")
            wrong = {hint: value for hint, value in tool.hints.items() if type(value) is not bool}
            check(not wrong, f"{at}: {wrong}")
            check(tool.hints["readOnlyHint"] == (at in READING), f"{at}: {tool.hints}")
            check(tool.hints["openWorldHint"] is False, f"{at}: {tool.hints}")
            for which, schema in (("inputSchema", tool.input), ("outputSchema", tool.output)):
                check_root(schema, f"{at}: {which}")
                jsonschema.Draft202012Validator.check_schema(schema)
                jsonschema.Draft7Validator.check_schema(schema)
        adding = {tool.name for tool in tools if not tool.hints["destructiveHint"]}
        # users_create is destructive, because if_exists may update an existing account.
        check(adding == READING | {"users_restore", "users_invite"},
              f"the non-destructive tools are {adding}")
    return f"{len(tools)} tools"


def check_root(schema, at):
    check(schema.get("type") == "object", f"{at} is not an object")
    united = {"oneOf", "anyOf", "allOf", "not", "$ref", "enum"} & set(schema)
    check(not united, f"{at} has {united} at its root")


@test
async def tools_are_listed_in_one_order_by_every_server(rig):
    orders = set()
    for version in VERSIONS:
        async with connected(with_mail(rig), version) as agent:
            for _ in range(2):
                orders.add(tuple(tool.name for tool in await agent.tools()))
    check(len(orders) == 1, f"the orders are {orders}")


@test
async def inviting_is_no_tool_where_no_mail_goes_out(rig):
    async with connected(rig.serve()) as agent:
        names = {tool.name for tool in await agent.tools()}
        check(names == ALL - {"users_invite"}, f"listed are {names}")


@test
async def a_read_only_server_lists_what_reads_and_refuses_the_rest(rig):
    for version in VERSIONS:
        async with connected(rig.serve("memory", "--read-only"), version) as agent:
            tools = await agent.tools()
            writing = [tool.name for tool in tools if tool.hints["readOnlyHint"] is not True]
            check(not writing, f"read-only, and listed are {writing}")
            check({tool.name for tool in tools} == READING, f"listed are {tools}")
            for name, arguments in (
                ("users_create", {"email": ZOE, "name": "Z"}),
                ("users_update", {"user_id": OWNER, "name": "O"}),
                ("users_delete", {"user_id": OWNER}),
                ("users_bulk", {"operations": [
                    {"method": "users.update", "params": {"user_id": OWNER, "name": "O"}}]}),
            ):
                answer = await agent.call(name, **arguments)
                told = answer.text if answer.is_error else json.dumps(answer.structured)
                check("permission_denied" in told, f"{name}: {told}")
                check(answer.is_error or name == "users_bulk", f"{name} was done: {told}")
            mine = await agent.done("users_get", user_id=OWNER, fields=["version"])
            check(mine == {"version": 1}, f"something was changed: {mine}")


@test
async def an_allow_list_leaves_just_these_tools(rig):
    for version in VERSIONS:
        command = rig.serve("memory", "--tools", "users_list,users_get")
        async with connected(command, version) as agent:
            names = [tool.name for tool in await agent.tools()]
            check(names == ["users_list", "users_get"], f"listed are {names}")
            check(
                await agent.done("users_get", user_id="x@y.example") is None,
                "users_get does not work")
            try:
                answer = await agent.call("users_delete", user_id=OWNER)
            except MCPError as problem:
                check(problem.error.code == -32602, f"{problem.error}")
            else:
                check(answer.is_error, "a tool that is not on the list was called")


def with_mail(rig):
    mail = rig.path("mail")
    os.makedirs(mail, exist_ok=True)
    return rig.serve("memory", "--mail", "dir:" + mail)


# --- Secrets ------------------------------------------------------------------------------------

SECRET_NAME = re.compile("password|token|secret|one_time|session|credential", re.IGNORECASE)
SECRET_VALUE = re.compile(r"roster_[A-Za-z0-9]{16,}")


@test
async def no_tool_takes_or_tells_a_password_or_a_token(rig):
    for command in (rig.serve(), with_mail(rig)):
        async with connected(command) as agent:
            tools = await agent.tools()
            for tool in tools:
                named = [name for name in member_names(tool.input) | member_names(tool.output)
                         if SECRET_NAME.search(name)]
                check(not named, f"{tool.name} has the fields {named}")
                check(not SECRET_NAME.search(tool.name), f"{tool.name} is a tool")
            modes = next(tool for tool in tools if tool.name == "users_create").input
            modes = modes["properties"].get("invite_mode", {}).get("enum", [])
            answers = []
            for mode in modes:
                answers.append(await agent.call(
                    "users_create", email=f"{mode}@acme.example", name="M", org_id="acme",
                    invite_mode=mode, idempotency_key=mode))
            answers.append(await agent.call("users_bulk", operations=[
                {"method": "users.create", "params": {
                    "email": "bulk@acme.example", "name": "B", "org_id": "acme",
                    "invite_mode": "temporary_password"}},
                {"method": "users.create_token", "params": {"name": "mine"}},
                {"method": "users.reset_password", "params": {"user_id": OWNER}}]))
            answers.append(await agent.call("users_list"))
            answers.append(await agent.call("users_events", limit=1000))
            for answer in answers:
                check(not SECRET_VALUE.search(answer.text), f"a token was returned: {answer.text}")
                named = [n for n in member_names(answer.structured) if SECRET_NAME.search(n)]
                check(not named, f"{named} were returned: {answer.text}")
    return f"{len(tools)} tools"


def member_names(value):
    """The names of all JSON members in a value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(member_names, value.values()))
    if isinstance(value, list):
        return set().union(*map(member_names, value))
    return set()


@test
async def who_is_invited_gets_a_letter_whose_token_the_agent_never_sees(rig):
    async with connected(with_mail(rig)) as agent:
        answers = [await agent.call("users_create", email=BO, name="Bo", org_id="acme",
                                    invite_mode="email_link")]
        # An account gets at most one letter a minute, so another account is invited.
        answers.append(await agent.call("users_create", email=ZOE, name="Zoë", org_id="acme"))
        answers.append(await agent.call("users_invite", user_id=ZOE))
        check(answers[-1].value["delivered"] is True, f"inviting answered {answers[-1].text}")
        answers.append(await agent.call("users_get", user_id=BO))
        answers.append(await agent.call("users_events"))
    tokens = set()
    for name in os.listdir(rig.path("mail")):
        with open(os.path.join(rig.path("mail"), name), "rb") as file:
            letter = email.message_from_binary_file(file, policy=email.policy.default)
        tokens.update(SECRET_VALUE.findall(letter.get_body().get_content()))
    check(len(tokens) == 2, f"the letters hold {len(tokens)} tokens")
    for token in tokens:
        seen = [answer.text for answer in answers if token in answer.text]
        check(not seen, f"the agent saw a token: {seen}")


# --- Beginning and end --------------------------------------------------------------------------


@test
async def a_ping_is_answered(rig):
    for version in INITIALIZED:
        async with connected(rig.serve(), version) as agent:
            await agent.ping()


@test
async def a_call_that_asks_for_progress_is_answered_all_the_same(rig):
    async def note(*_):
        check(False, "progress was reported although no call takes long enough")

    for version in VERSIONS:
        async with connected(rig.serve(), version) as agent:
            answer = Answer(
                await agent.session.call_tool("users_count", {}, progress_callback=note))
            check(answer.value == 1, f"{version}: {answer.text}")


async def calls_that_are_given_up_leave_the_connection_as_it_was(rig):
    for version in VERSIONS:
        async with connected(rig.serve(), version) as agent:
            await agent.tools()
            for number in range(20):
                # The SDK reports this with notifications/cancelled.
                with anyio.move_on_after(number / 10_000):
                    await agent.call("users_list", limit=1000)
                check(await agent.done("users_count") == 1, f"{version}: call {number}")


# In version 1, a call that is cancelled while its reply arrives breaks the SDK's own reader.
if Client:
    test(calls_that_are_given_up_leave_the_connection_as_it_was)


@test
async def closing_its_input_ends_the_server_within_a_second_and_without_a_signal(rig):
    seconds = []
    store = rig.store()
    for version in VERSIONS:
        report = rig.path("report-" + version)
        command = [sys.executable, os.path.join(os.path.dirname(__file__), "witness.py"), report]
        async with connected(command + rig.serve(store), version) as agent:
            await agent.done("users_count")
        seconds.append(told(report).check_ended_by_itself(CLOSE_SECONDS_MAX))
    return f"at most {max(seconds):.3f} s"

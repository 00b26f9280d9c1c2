"""Agent clients, which make their own tools of those that Roster lists: they convert the schemas
for their models, and rebuild the arguments. What a client can't convert is missing, unavailable to
the model, or changed on the way. No model is called here.

Each module here connects one client. The calls and checks are the same for all.
"""

import asyncio
import contextlib
import importlib.metadata
import json
import logging
import os
import tempfile
import textwrap

import jsonschema
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from rig import OWNER, Failed, check

CALL_SECONDS_MAX = 20

# Clients are imported after this. They get their own home, and must not fetch model prices, send
# telemetry or write logs.
HOME = tempfile.TemporaryDirectory(prefix="roster-interop-home-")
os.environ.update({
    "HOME": HOME.name,
    "AGNO_TELEMETRY": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MCP_USE_ANONYMIZED_TELEMETRY": "false",
    "OTEL_SDK_DISABLED": "true",
})
logging.disable()


class Host:
    """The operations that the test needs from a client."""

    def __init__(self, schemas, call):
        # The schemas of arguments as the model sees them, by tool name.
        self.schemas = schemas
        # Takes a name and arguments; returns the text of the result, or of the error for the model.
        self.call = call


@contextlib.asynccontextmanager
async def initialized(command):
    """A session of the MCP SDK, for clients that use an existing one."""
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        await session.initialize()
        yield session


def without_required(schema):
    """Strict schemas require all fields, and no longer say which are optional."""
    return {name: schema[name] for name in schema if name != "required"}


# --- The calls ----------------------------------------------------------------------------------

# Accounts that exist before. Each tool has its own, so that one failure does not cause others.
ZOE = {"email": "zoe@acme.example", "name": "Zoë 女 🦉", "org_id": "acme", "username": "zoe",
       "company": "Acme", "job_title": "Engineer", "auto_groups": ["staff"],
       "avatar_url": "https://acme.example/zoe.png", "metadata": {"badge": "7"}}
BO = {"email": "bo@acme.example", "name": "Bo", "org_id": "acme", "invite_mode": "email_link"}
MIA = {"email": "mia@globex.example", "name": "Mia", "org_id": "globex"}
LEE = {"email": "lee@globex.example", "name": "Lee", "org_id": "globex"}

# Accounts that the tools create.
NESTED = {"desk": {"floor": 2, "near": ["window", {"lamp": True}]}, "badge": "7"}
KIM = {"email": "kim@initech.example", "name": "Kim 女 🦉", "org_id": "initech",
       "is_developer": False, "auto_groups": ["night", "staff"], "metadata": NESTED}
JON = {"email": "jon@initech.example", "name": "Jon", "org_id": "initech", "metadata": NESTED}

BULK = {"operations": [
    {"method": "users.create", "params": JON},
    {"method": "users.update", "params": {"user_id": BO["email"], "company": "Initech"}}]}

# The fields to read back: all that a null could clear, or that a tool could change by mistake.
MEMBERS = ["email", "name", "username", "organization_id", "roles", "is_superuser", "is_active",
           "is_blocked", "status", "is_developer", "email_verified", "has_completed_onboarding",
           "avatar_url", "company", "job_title", "metadata", "auto_groups"]


async def getting_oneself(host):
    mine = await done(host, "users_get_current", {})
    check(mine["email"] == OWNER, f"the caller is {mine['email']}")


async def creating(host):
    check_holds(await done(host, "users_create", KIM), KIM, "the result")
    check_holds(await account(host, KIM), KIM, "the account")


async def updating(host):
    before = await account(host, ZOE)
    await done(host, "users_update", {"user_id": ZOE["email"], "job_title": "Lead"})
    after = await account(host, ZOE)
    check(after["job_title"] == "Lead", f"the job title is {after['job_title']}")
    others = {name: after[name] for name in set(before) - {"job_title"}
              if after[name] != before[name]}
    check(not others, f"other fields changed: {others}")


async def getting(host):
    some = await done(host, "users_get", {"user_id": ZOE["email"], "fields": ["name", "status"]})
    check(some == {"name": ZOE["name"], "status": "active"}, f"two fields are {some}")
    nobody = await done(host, "users_get", {"user_id": "nobody@acme.example"})
    check(nobody is None, f"an unknown account is {nobody}")


async def listing(host):
    page = await done(host, "users_list", {
        "org_id": "acme", "status": ["active", "invited"], "sort_by": "name", "limit": 1,
        "fields": ["email"], "include_total": True})
    check(page["users"] == [{"email": BO["email"]}], f"the page is {page}")
    check(page["total"] == 2 and page["has_more"], f"the page is {page}")


async def counting(host):
    count = await done(host, "users_count", {"org_id": "acme", "status": ["active"]})
    check(count == 1, f"the count is {count}")


async def reading_events(host):
    feed = await done(host, "users_events", {
        "user_id": ZOE["email"], "types": ["user_created"], "limit": 1})
    told = [(event["type"], event["email"]) for event in feed["events"]]
    check(told == [("user_created", ZOE["email"])], f"the feed has {told}")


async def inviting(host):
    # Bo got a letter when he was created, less than a minute ago, so this invites Zoë.
    sent = await done(host, "users_invite", {"user_id": ZOE["email"]})
    check(sent["delivered"] is True, f"the invitation is {sent}")


async def deleting(host):
    answer = await done(host, "users_delete", {"user_id": MIA["email"]})
    check(answer is True, f"the result is {answer}")
    left = await account(host, MIA)
    check(left is None, f"the account still exists: {left}")


async def restoring(host):
    check_holds(await done(host, "users_restore", {"user_id": LEE["email"]}), LEE, "the result")
    check_holds(await account(host, LEE), {"status": "active"}, "the account")


async def doing_many(host):
    answer = await done(host, "users_bulk", BULK)
    check(answer["committed"] is True and len(answer["results"]) == 2, f"the result is {answer}")
    check_holds(await account(host, JON), JON, "the created account")
    check_holds(await account(host, BO), {"company": "Initech"}, "the updated account")


# The tools, and the function that tests each.
STEPS = {
    "users_get_current": getting_oneself,
    "users_create": creating,
    "users_update": updating,
    "users_get": getting,
    "users_list": listing,
    "users_count": counting,
    "users_events": reading_events,
    "users_invite": inviting,
    "users_delete": deleting,
    "users_restore": restoring,
    "users_bulk": doing_many,
}


async def account(host, person):
    """A person's account, read by the same client."""
    return await done(host, "users_get", {"user_id": person["email"], "fields": MEMBERS})


async def done(host, tool, arguments):
    """The result of a call, which must succeed, and which the schema shown to the model must
    allow."""
    check(tool in host.schemas, f"there is no {tool}")
    for problem in jsonschema.Draft202012Validator(host.schemas[tool]).iter_errors(arguments):
        check(
            False,
            f"the schema for the model does not allow it: {problem.json_path}: {problem.message}")
    text = await asyncio.wait_for(host.call(tool, arguments), CALL_SECONDS_MAX)
    try:
        value = json.loads(text)
    except ValueError:
        raise Failed(f"{tool} returned no JSON: {text}")
    return value["result"] if isinstance(value, dict) and list(value) == ["result"] else value


def check_holds(account, wanted, what):
    """Checks that an account's fields have the given values."""
    wanted = {("organization_id" if name == "org_id" else name): wanted[name] for name in wanted}
    other = {name: account[name] for name in wanted if account[name] != wanted[name]}
    check(not other, f"{what} has {other}")


# --- The test -----------------------------------------------------------------------------------

TAKING_OPTIONS = set(STEPS) - {"users_get_current"}

# Faults of the clients themselves: tools and the reason. A tool that works although it is listed
# here fails the test, so that the list stays true.
KNOWN = {
    "crewai-tools 1.15.30, strict": dict.fromkeys(
        ("users_create", "users_bulk"),
        "it closes all objects, even those that are declared open"),
    "llama-index-tools-mcp 0.6.0": dict.fromkeys(
        ("users_create",),
        "it treats fields of an open object as strings, unless their schema has another type"),
    "openai-agents 0.8.4, strict": dict.fromkeys(
        TAKING_OPTIONS,
        "it refuses calls that omit any field of an object that it made strict"),
    "smolagents 1.26.0, by calls": dict.fromkeys(
        TAKING_OPTIONS,
        "it refuses calls that omit any field that is not declared nullable"),
}


async def play(rig, connected, package, way=""):
    """Runs all steps with a client. Returns a note: how many tools it has, and how many worked."""
    client = f"{package} {importlib.metadata.version(package)}{way}"
    taken, problems = await tried(connected, served(rig))
    known = KNOWN.get(client, {})
    new = {tool: why for tool, why in problems.items() if tool not in known}
    told = (f"{client}: {len(taken)}/{len(STEPS)} tools taken, "
            f"{len(STEPS) - len(problems)}/{len(STEPS)} did their work")
    check(not new and taken == set(STEPS), "\n       ".join([told, *reasons(new)]))
    mended = [tool for tool in STEPS if tool in known and tool not in problems]
    check(not mended, f"{told}, also {', '.join(mended)}, which are listed in KNOWN")
    return "; ".join([told, *reasons(known)])


async def tried(connected, command):
    """The tools that a client has, and the problem of each tool that failed."""
    taken, problems = set(), {}
    try:
        async with connected(command) as host:
            taken = set(host.schemas)
            for tool, step in STEPS.items():
                try:
                    await step(host)
                except Exception as problem:
                    problems[tool] = brief(problem)
    except Exception as problem:
        problems = dict.fromkeys(STEPS, brief(problem))
    return taken, problems


def served(rig):
    """The command line of a server with all tools and some accounts."""
    os.mkdir(rig.path("mail"))
    store, mail = rig.store(), "dir:" + rig.path("mail")
    options = ("--store", store, "--as", OWNER, "--mail", mail)
    for person in (ZOE, BO, MIA, LEE):
        rig.run("call", *options, "users.create", json.dumps(person))
    rig.run("call", *options, "users.delete", "user_id=" + LEE["email"], "mode=soft")
    return rig.serve(store, "--mail", mail)


def reasons(problems):
    """A line for each reason, with the tools that have it."""
    tools = {}
    for tool in STEPS:
        if tool in problems:
            tools.setdefault(problems[tool], []).append(tool)
    return [("all" if len(tools[why]) == len(STEPS) else ", ".join(tools[why])) + ": " + why
            for why in tools]


def brief(problem):
    """The first exception, in one line. A task group wraps the exceptions raised inside it."""
    earlier = problem.__cause__ or next(iter(getattr(problem, "exceptions", ())), None)
    if earlier:
        return brief(earlier)
    kind = "" if isinstance(problem, Failed) else type(problem).__name__ + ": "
    return textwrap.shorten(kind + str(problem), 300)

#!/usr/bin/env python3
"""An agent that works with Roster's tools, through the official MCP SDK for Python.

    python3 -m venv .venv && .venv/bin/pip install mcp==2.3.0
    ROSTER=.build/release/roster .venv/bin/python examples/agent.py

Three scripts here stand for the decisions of a model: each yields a tool with its arguments, and
gets back what a model would read. So this runs without a network. The code around the scripts is
all that an agent needs.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from mcp import Client, MCPError, StdioServerParameters

BINARY = os.environ.get("ROSTER", "roster")
SAMPLE = pathlib.Path(__file__).with_name("users.jsonl")
OWNER = "you@example.com"
STEPS_MAX = 50


# --- What a model would decide ------------------------------------------------------------------


def research():
    """Finds a user, and counts the people of his organization page by page."""
    page = yield "users_list", {"query": "bjorn muller", "fields": ["name", "email"], "limit": 5}
    for user in page["users"]:
        print(f"    {user['name']}, {user['email']}")

    one = yield "users_get", {"user_id": page["users"][0]["email"]}
    people = 0
    page = {"next_cursor": None}
    while people == 0 or page["has_more"]:
        # The same call with the cursor of the page before.
        further = {"cursor": page["next_cursor"]} if people else {}
        page = yield "users_list", {
            "org_id": one["organization_id"], "fields": ["name"], "limit": 20, **further}
        people += len(page["users"])
    count = yield "users_count", {"org_id": one["organization_id"]}
    expect(people == count, f"{count} people on the pages, not {people}")

    # A server that was started with --read-only refuses changes, whatever a model tries.
    refusal = yield "users_delete", {"user_id": one["id"]}
    expect("permission_denied" in refusal, "to be refused")
    return f"{one['name']} is one of {count} in {one['organization_id']}."


def onboarding():
    """Creates an account for Ada."""
    ada = {"email": "ada@acme.example", "name": "Ada Lovelace", "org_id": "acme"}

    # A dry run makes all checks and keeps nothing.
    planned = yield "users_create", {**ada, "dry_run": True}
    expect(planned["status"] == "active", "the account as it would be")
    # The key makes it safe to repeat the call if its reply is lost.
    user = yield "users_create", {**ada, "idempotency_key": "onboard-ada"}
    again = yield "users_create", {**ada, "idempotency_key": "onboard-ada"}
    expect(again["id"] == user["id"], "the same account, made once")
    return user


def promotion(user):
    """Makes a user an engineer, although the model read the account some time ago."""
    change = {"user_id": user["id"], "job_title": "Engineer"}
    outcome = yield "users_update", {**change, "expected_version": user["version"]}
    if isinstance(outcome, str):
        # The refusal says what to do: read the account again, and repeat with its current version.
        expect("version_mismatch" in outcome, "to hear that the version is another")
        user = yield "users_get", {"user_id": user["id"], "fields": ["id", "version", "company"]}
        outcome = yield "users_update", {**change, "expected_version": user["version"]}
    expect((outcome["job_title"], outcome["company"]) == ("Engineer", "Acme"),
           "neither change to be lost")
    return f"{outcome['name']} works as {outcome['job_title']} at {outcome['company']}."


# --- The agent ----------------------------------------------------------------------------------


async def work(task, model, client):
    """Runs the tools that a model chooses until it has its answer, and returns the answer.

    A refusal is a result, too: its text goes to the model, which acts on it. MCPError is raised
    only for faults of the program itself, such as a tool that does not exist.
    """
    print(f"\n{task}")
    observed = None
    for _ in range(STEPS_MAX):
        try:
            tool, arguments = model.send(observed)
        except StopIteration as end:
            return end.value
        result = await client.call_tool(tool, arguments)
        if result.is_error:
            observed = result.content[0].text
            print(f"  {tool} {brief(arguments)}: refused\n    " + observed.replace("\n", "\n    "))
        else:
            # A result that is not an object, such as a number, is wrapped in one.
            told = result.structured_content
            observed = told["result"] if list(told) == ["result"] else told
            print(f"  {tool} {brief(arguments)}")
    expect(False, f"an answer after {STEPS_MAX} steps")


def roster(store, *limits):
    """A client with its own server. The limits apply whatever the model asks for."""
    words = ["serve", "--store", store, "--as", OWNER, *limits]
    return Client(StdioServerParameters(command=BINARY, args=words))


async def main():
    with sample_store() as store:
        async with roster(store, "--read-only") as client:
            tools = (await client.list_tools()).tools
            print("To read:", ", ".join(tool.name for tool in tools))
            expect(all(tool.annotations.read_only_hint for tool in tools), "tools that only read")
            print(await work("Who is Björn Müller?", research(), client))

        needed = "users_get,users_create,users_update"
        async with roster(store, "--tools", needed) as client, roster(store) as colleague:
            tools = (await client.list_tools()).tools
            print("\nTo write:", ", ".join(tool.name for tool in tools))
            user = await work("Ada starts at Acme.", onboarding(), client)
            # Another client changes the account first, so the model's version is outdated.
            await colleague.call_tool("users_update", {"user_id": user["id"], "company": "Acme"})
            print(await work("She is an engineer now.", promotion(user), client))
            try:
                await client.call_tool("users_purge", {})
            except MCPError as error:
                print(f"\nA tool that is not there: {error.error.code} {error.error.message}")
            else:
                expect(False, "an error of the protocol")


def brief(arguments):
    text = json.dumps(arguments, ensure_ascii=False)
    return text if len(text) <= 100 else text[:99] + "…"


def expect(is_so, what):
    if not is_so:
        sys.exit(f"agent.py: expected {what}")


@contextlib.contextmanager
def sample_store():
    with tempfile.TemporaryDirectory() as folder:
        store = f"file:{folder}/users.db"
        for command in (["init", "--store", store, "--owner", OWNER],
                        ["import", "--store", store, str(SAMPLE)]):
            subprocess.run([BINARY, *command], check=True, stdout=subprocess.DEVNULL)
        yield store


if __name__ == "__main__":
    asyncio.run(main())

"""FastMCP's command line and its client."""

import json
import os
import shlex
import subprocess
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError

from rig import OWNER, TEST_SECONDS_MAX, check, test

ENVIRONMENTS = ("fastmcp",)
MODES = ("auto", "legacy", "2026-07-28")
COMMAND = os.path.join(os.path.dirname(sys.executable), "fastmcp")
READING = ["users_list", "users_count", "users_get", "users_get_current", "users_events"]


@test
def its_command_lists_the_tools_as_JSON(rig):
    listed = fastmcp("list", "--command", words(rig), "--json", "--input-schema", "--output-schema")
    tools = {tool["name"]: tool for tool in json.loads(listed)["tools"]}
    check(set(READING) < set(tools), f"listed are {list(tools)}")
    schema = tools["users_get"]["inputSchema"]
    check(schema["required"] == ["user_id"], f"users_get takes {schema}")
    listed = fastmcp("list", "--command", words(rig, "--read-only"), "--json")
    names = [tool["name"] for tool in json.loads(listed)["tools"]]
    check(sorted(names) == sorted(READING), f"read-only, listed are {names}")
    return f"{len(tools)} tools"


@test
def its_command_calls_a_tool(rig):
    told = fastmcp(
        "call", "--command", words(rig), "--target", "users_get", "--json",
        "--input-json", json.dumps({"user_id": OWNER, "fields": ["email", "version"]}))
    answer = json.loads(told)
    check(not answer.get("is_error"), f"users_get: {answer}")
    wanted = {"result": {"email": OWNER, "version": 1}}
    check(answer["structured_content"] == wanted, f"users_get: {answer}")


@test
async def its_client_calls_tools_in_each_era_and_meets_refusals(rig):
    for mode in MODES:
        async with Client(StdioTransport(command(rig)[0], command(rig)[1:], keep_alive=False),
                          mode=mode) as client:
            zoe = {"email": "zoe@acme.example", "name": "Zoë 🦉", "org_id": "acme"}
            made = await client.call_tool("users_create", zoe)
            check(made.structured_content["name"] == "Zoë 🦉", f"{mode}: {made}")
            counted = await client.call_tool("users_count", {})
            check(counted.structured_content == {"result": 2}, f"{mode}: {counted}")
            check(made.data is not None, f"{mode}: the client can't parse the record by its schema")
            try:
                answer = await client.call_tool("users_delete", {"user_id": OWNER})
            except ToolError as problem:
                check("own_account" in str(problem), f"{mode}: {problem}")
            else:
                check(False, f"{mode}: an owner deleted their own account: {answer}")
            refused = await client.call_tool("users_get", {}, raise_on_error=False)
            check(refused.is_error and "user_id" in refused.content[0].text, f"{mode}: {refused}")
    return ", ".join(MODES)


@test
async def what_roster_config_prints_for_hosts_starts_it(rig):
    options = ("--store", "memory", "--as", OWNER, "--read-only")
    async with Client(json.loads(rig.run("config", "claude", *options))) as client:
        names = [tool.name for tool in await client.list_tools()]
        check(sorted(names) == sorted(READING), f"listed are {names}")
        mine = await client.call_tool("users_get_current", {})
        check(mine.structured_content["email"] == OWNER, f"the caller is {mine}")


def command(rig, *options):
    return rig.serve("memory", *options)


def words(rig, *options):
    return shlex.join(command(rig, *options))


def fastmcp(*arguments):
    done = subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, timeout=TEST_SECONDS_MAX)
    check(done.returncode == 0, f"fastmcp {arguments[0]} ended with {done.returncode}: "
                                f"{done.stdout[-600:]}{done.stderr[-600:]}")
    return done.stdout

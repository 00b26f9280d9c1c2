"""OpenAI Agents SDK: function tools, whose schemas are made strict on request."""

import contextlib
import functools
import json

from agents.mcp import MCPServerStdio, MCPUtil
from agents.tool_context import ToolContext

from hosts import Host, play, without_required
from rig import test

ENVIRONMENTS = ("hosts/openai-agents", "hosts/openai-agents-0.8")


@contextlib.asynccontextmanager
async def connected(command, strict=False):
    parameters = {"command": command[0], "args": command[1:]}
    async with MCPServerStdio(parameters, client_session_timeout_seconds=30) as server:
        tools = {tool.name: MCPUtil.to_function_tool(tool, server, strict)
                 for tool in await server.list_tools()}

        async def call(name, arguments):
            arguments = json.dumps(arguments)
            context = ToolContext(
                context=None, tool_name=name, tool_call_id="1", tool_arguments=arguments)
            answer = await tools[name].on_invoke_tool(context, arguments)
            return answer["text"] if isinstance(answer, dict) else answer

        schemas = {name: tools[name].params_json_schema for name in tools}
        if strict:
            schemas = {name: without_required(schemas[name]) for name in schemas}
        yield Host(schemas, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "openai-agents")


@test
async def every_tool_does_its_work_with_schemas_that_are_made_strict(rig):
    strict = functools.partial(connected, strict=True)
    return await play(rig, strict, "openai-agents", ", strict")

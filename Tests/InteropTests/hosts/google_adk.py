"""Google's Agent Development Kit: function declarations for Gemini."""

import contextlib

from google.adk.tools.mcp_tool import McpToolset, StdioConnectionParams
from mcp import StdioServerParameters

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/google-adk",)


@contextlib.asynccontextmanager
async def connected(command):
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    toolset = McpToolset(connection_params=StdioConnectionParams(server_params=parameters))
    try:
        tools = {tool.name: tool for tool in await toolset.get_tools()}

        async def call(name, arguments):
            answer = await tools[name].run_async(args=arguments, tool_context=None)
            return answer["content"][0]["text"]

        yield Host({name: shown(tools[name]._get_declaration()) for name in tools}, call)
    finally:
        await toolset.close()


def shown(function):
    """Its declaration as standard JSON Schema."""
    return function.parameters_json_schema or function.parameters.json_schema.model_dump(
        mode="json", by_alias=True, exclude_none=True)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "google-adk")

"""The MCP SDK's own session."""

import contextlib

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("mcp-1", "mcp-2")


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}

        async def call(name, arguments):
            return (await session.call_tool(name, arguments)).content[0].text

        yield Host({name: input_schema(tools[name]) for name in tools}, call)


def input_schema(tool):
    """The input schema, whose attribute has different names in the SDK's versions."""
    return tool.model_dump(by_alias=True)["inputSchema"]


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "mcp")

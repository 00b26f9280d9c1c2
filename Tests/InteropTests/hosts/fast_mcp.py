"""FastMCP's client."""

import contextlib

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("fastmcp",)


@contextlib.asynccontextmanager
async def connected(command):
    async with Client(StdioTransport(command[0], command[1:], keep_alive=False)) as client:
        tools = {tool.name: tool for tool in await client.list_tools()}

        async def call(name, arguments):
            return (await client.call_tool(name, arguments)).content[0].text

        yield Host({name: tools[name].model_dump(by_alias=True)["inputSchema"]
                    for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "fastmcp")

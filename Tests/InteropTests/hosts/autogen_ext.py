"""AutoGen: adapters, each with a pydantic model of its arguments."""

import contextlib

from autogen_core import CancellationToken
from autogen_ext.tools.mcp import StdioServerParams, create_mcp_server_session, mcp_server_tools

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/autogen-ext",)


@contextlib.asynccontextmanager
async def connected(command):
    parameters = StdioServerParams(command=command[0], args=command[1:])
    async with create_mcp_server_session(parameters) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in await mcp_server_tools(parameters, session)}

        async def call(name, arguments):
            content = await tools[name].run_json(arguments, CancellationToken())
            return content[0].text

        yield Host({name: tools[name].schema["parameters"] for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "autogen-ext")

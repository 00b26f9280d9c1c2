"""DSPy: tools that validate their arguments against the schema of each."""

import contextlib

import dspy

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/dspy",)


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        tools = {tool.name: dspy.Tool.from_mcp_tool(session, tool)
                 for tool in (await session.list_tools()).tools}

        async def call(name, arguments):
            return await tools[name].acall(**arguments)

        yield Host({name: {"type": "object", "properties": tools[name].args}
                    for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "dspy")

"""Agno: functions with the schemas as they are."""

import contextlib

from agno.tools.function import FunctionCall
from agno.tools.mcp import MCPTools
from mcp import StdioServerParameters

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/agno",)


@contextlib.asynccontextmanager
async def connected(command):
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    async with MCPTools(server_params=parameters) as tools:
        functions = tools.functions

        async def call(name, arguments):
            done = await FunctionCall(function=functions[name], arguments=arguments).aexecute()
            return done.result.content

        yield Host({name: functions[name].to_dict()["parameters"] for name in functions}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "agno")

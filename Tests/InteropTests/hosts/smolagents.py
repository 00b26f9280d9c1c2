"""smolagents and mcpadapt, which it uses: tools for agents that write Python or make tool calls."""

import asyncio
import contextlib
import functools

from mcp import StdioServerParameters
from smolagents import LogLevel, MCPClient, Model, ToolCallingAgent

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/smolagents",)


@contextlib.asynccontextmanager
async def connected(command, by_calls=False):
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    with MCPClient(parameters, structured_output=False) as tools:
        agent = ToolCallingAgent(tools, Model(), verbosity_level=LogLevel.OFF)
        tools = {tool.name: tool for tool in tools}

        async def call(name, arguments):
            if by_calls:
                return await asyncio.to_thread(agent.execute_tool_call, name, arguments)
            return await asyncio.to_thread(tools[name], **arguments)

        yield Host({name: {"type": "object", "properties": tools[name].inputs}
                    for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "smolagents")


@test
async def every_tool_does_its_work_for_an_agent_that_makes_calls(rig):
    by_calls = functools.partial(connected, by_calls=True)
    return await play(rig, by_calls, "smolagents", ", by calls")

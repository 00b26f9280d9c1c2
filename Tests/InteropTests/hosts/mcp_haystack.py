"""Haystack: a toolset with the schemas as they are."""

import asyncio
import contextlib
import json

from haystack_integrations.tools.mcp import MCPToolset, StdioServerInfo

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/mcp-haystack",)


@contextlib.asynccontextmanager
async def connected(command):
    toolset = MCPToolset(StdioServerInfo(command=command[0], args=command[1:]))
    try:
        await asyncio.to_thread(toolset.warm_up)
        tools = {tool.name: tool for tool in toolset}

        async def call(name, arguments):
            answer = await asyncio.to_thread(tools[name].invoke, **arguments)
            return json.loads(answer)["content"][0]["text"]

        yield Host({name: tools[name].tool_spec["parameters"] for name in tools}, call)
    finally:
        await asyncio.to_thread(toolset.close)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "mcp-haystack")

"""Strands Agents: tools with the schemas as they are."""

import contextlib

from mcp import StdioServerParameters, stdio_client
from strands.tools.mcp import MCPClient

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/strands-agents",)


@contextlib.asynccontextmanager
async def connected(command):
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    with MCPClient(lambda: stdio_client(parameters)) as client:
        tools = {tool.tool_name: tool for tool in client.list_tools_sync()}

        async def call(name, arguments):
            use = {"toolUseId": "1", "name": name, "input": arguments}
            async for event in tools[name].stream(use, {}):
                answer = event.tool_result
            return answer["content"][0]["text"]

        yield Host({name: tools[name].tool_spec["inputSchema"]["json"] for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "strands-agents")

"""LangChain's own adapters: structured tools, with the schemas as they are."""

import contextlib

from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.tools import load_mcp_tools

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/langchain-mcp-adapters",)


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}

        async def call(name, arguments):
            return (await tools[name].ainvoke(arguments))[0]["text"]

        yield Host({name: convert_to_openai_tool(tools[name])["function"]["parameters"]
                    for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "langchain-mcp-adapters")

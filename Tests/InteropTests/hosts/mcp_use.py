"""mcp-use: tools of LangChain, each with a pydantic model of its arguments."""

import contextlib

from langchain_core.utils.function_calling import convert_to_openai_tool
from mcp_use import MCPClient
from mcp_use.agents.adapters import LangChainAdapter

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/mcp-use",)


@contextlib.asynccontextmanager
async def connected(command):
    client = MCPClient.from_dict(
        {"mcpServers": {"roster": {"command": command[0], "args": command[1:]}}})
    try:
        tools = {tool.name: tool for tool in await LangChainAdapter().create_tools(client)}

        async def call(name, arguments):
            answer = await tools[name].ainvoke(arguments)
            return answer if isinstance(answer, str) else str(answer)

        yield Host({name: convert_to_openai_tool(tools[name])["function"]["parameters"]
                    for name in tools}, call)
    finally:
        await client.close_all_sessions()


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "mcp-use")

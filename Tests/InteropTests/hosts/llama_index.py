"""LlamaIndex: function tools, each with a pydantic model of its arguments."""

import contextlib

from llama_index.tools.mcp import McpToolSpec

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/llama-index-tools-mcp",)


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        tools = {tool.metadata.name: tool
                 for tool in await McpToolSpec(session).to_tool_list_async()}

        async def call(name, arguments):
            answer = await tools[name].acall(**arguments)
            return answer.raw_output.content[0].text

        yield Host({name: tools[name].metadata.get_parameters_dict() for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "llama-index-tools-mcp")

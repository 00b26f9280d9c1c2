"""BeeAI: tools, each with a pydantic model of its arguments."""

import contextlib

from beeai_framework.tools.mcp import MCPTool

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/beeai-framework",)


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        tools = {tool.name: tool for tool in await MCPTool.from_client(session)}

        async def call(name, arguments):
            return (await tools[name].run(arguments)).get_text_content()

        yield Host({name: tools[name].input_schema.model_json_schema() for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "beeai-framework")

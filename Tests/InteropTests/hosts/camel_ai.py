"""CAMEL: function tools, whose schemas are made strict where possible."""

import contextlib

from camel.toolkits import MCPToolkit

from hosts import Host, play, without_required
from rig import test

ENVIRONMENTS = ("hosts/camel-ai",)


@contextlib.asynccontextmanager
async def connected(command):
    servers = {"roster": {"command": command[0], "args": command[1:]}}
    async with MCPToolkit(config_dict={"mcpServers": servers}) as toolkit:
        tools = {tool.get_function_name(): tool for tool in toolkit.get_tools()}

        async def call(name, arguments):
            return await tools[name].func.async_call(**arguments)

        schemas = {name: tools[name].get_openai_tool_schema()["function"]["parameters"]
                   for name in tools}
        yield Host({name: without_required(schemas[name]) for name in tools}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "camel-ai")

"""Pydantic AI: a toolset on FastMCP's client, with schemas converted for each kind of model."""

import contextlib
import functools
import json

from fastmcp.client.transports import StdioTransport
from pydantic_ai import RunContext
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.test import TestModel
from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer
from pydantic_ai.usage import RunUsage

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/pydantic-ai",)


@contextlib.asynccontextmanager
async def connected(command, transformer):
    transport = StdioTransport(command[0], command[1:], keep_alive=False)
    context = RunContext(deps=None, model=TestModel(), usage=RunUsage())
    async with MCPToolset(transport) as toolset:
        tools = await toolset.get_tools(context)

        async def call(name, arguments):
            answer = await toolset.call_tool(name, arguments, context, tools[name])
            return answer if isinstance(answer, str) else json.dumps(answer)

        schemas = {name: tools[name].tool_def.parameters_json_schema for name in tools}
        yield Host({name: transformer(schemas[name]).walk() for name in schemas}, call)


@test
async def every_tool_is_taken_and_does_its_work_for_models_of_Google(rig):
    google = functools.partial(connected, transformer=GoogleJsonSchemaTransformer)
    return await play(rig, google, "pydantic-ai-slim", ", Google")


@test
async def every_tool_is_taken_and_does_its_work_for_models_of_OpenAI(rig):
    openai = functools.partial(connected, transformer=OpenAIJsonSchemaTransformer)
    return await play(rig, openai, "pydantic-ai-slim", ", OpenAI")

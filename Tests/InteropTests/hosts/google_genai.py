"""Google's GenAI SDK: function declarations, in Gemini's dialect of schemas."""

import contextlib

from google.genai import _extra_utils as functions
from google.genai import types

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/google-genai", "hosts/google-genai-1")


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        config, callers = await functions.parse_config_for_mcp_sessions(
            types.GenerateContentConfig(tools=[session]))
        declared = [tool.function_declarations[0] for tool in config.tools]

        async def call(name, arguments):
            answer = await callers[name].call_tool(types.FunctionCall(name=name, args=arguments))
            return answer.content[0].text

        yield Host({function.name: shown(function) for function in declared}, call)


def shown(function):
    """Its schema, converted from Gemini's dialect to standard JSON Schema."""
    return function.parameters.json_schema.model_dump(
        mode="json", by_alias=True, exclude_none=True)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "google-genai")

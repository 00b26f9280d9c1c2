"""LiteLLM: OpenAI's form of tools, with the schemas as they are."""

import contextlib
import json

from litellm.experimental_mcp_client import call_openai_tool, load_mcp_tools

from hosts import Host, initialized, play
from rig import test

ENVIRONMENTS = ("hosts/litellm",)


@contextlib.asynccontextmanager
async def connected(command):
    async with initialized(command) as session:
        functions = [tool["function"] for tool in await load_mcp_tools(session, format="openai")]

        async def call(name, arguments):
            function = {"name": name, "arguments": json.dumps(arguments)}
            answer = await call_openai_tool(session, {"type": "function", "function": function})
            return answer.content[0].text

        yield Host({function["name"]: function["parameters"] for function in functions}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "litellm")

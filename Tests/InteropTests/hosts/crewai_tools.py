"""CrewAI: tools, each with a pydantic model of its arguments."""

import asyncio
import contextlib
import functools

from crewai.utilities.agent_utils import convert_tools_to_openai_schema
from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters

from hosts import Host, play, without_required
from rig import test

ENVIRONMENTS = ("hosts/crewai-tools",)


@contextlib.asynccontextmanager
async def connected(command, strict=False):
    parameters = StdioServerParameters(command=command[0], args=command[1:])
    with MCPServerAdapter(parameters) as tools:
        tools = {tool.name: tool for tool in tools}

        async def call(name, arguments):
            return await asyncio.to_thread(tools[name].run, **arguments)

        yield Host(strict_schemas(tools) if strict else schemas(tools), call)


def schemas(tools):
    """The schemas for models without function calls."""
    return {name: tools[name].args_schema.model_json_schema() for name in tools}


def strict_schemas(tools):
    """The schemas for models with function calls."""
    functions = [tool["function"] for tool in convert_tools_to_openai_schema(tools.values())[0]]
    return {function["name"]: without_required(function["parameters"]) for function in functions}


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "crewai-tools")


@test
async def every_tool_does_its_work_with_schemas_that_are_made_strict(rig):
    strict = functools.partial(connected, strict=True)
    return await play(rig, strict, "crewai-tools", ", strict")

"""Semantic Kernel: a plugin, whose functions describe each of their parameters."""

import contextlib

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_calling_utils import (
    kernel_function_metadata_to_function_call_format as call_format)
from semantic_kernel.connectors.mcp import MCPStdioPlugin
from semantic_kernel.functions import KernelArguments

from hosts import Host, play
from rig import test

ENVIRONMENTS = ("hosts/semantic-kernel",)


@contextlib.asynccontextmanager
async def connected(command):
    async with MCPStdioPlugin("roster", command[0], args=command[1:]) as plugin:
        kernel = Kernel()
        functions = kernel.add_plugin(plugin).functions

        async def call(name, arguments):
            answer = await functions[name].invoke(kernel, KernelArguments(**arguments))
            return answer.value[0].text

        yield Host({name: call_format(functions[name].metadata)["function"]["parameters"]
                    for name in functions}, call)


@test
async def every_tool_is_taken_and_does_its_work(rig):
    return await play(rig, connected, "semantic-kernel")

"""What the Python rigs share: checks, controls, and how tests are found, run and reported."""

import ast
import asyncio
import glob
import inspect
import os
import time
import traceback

# The longest time in seconds that an asynchronous test, or a program that a test waits for, may
# take.
TEST_SECONDS_MAX = 120


class Failed(Exception):
    """A check did not hold."""


def check(condition, problem):
    if not condition:
        raise Failed(problem)


def expect_failure(deed, problem):
    """A control: `deed` must fail a check. Returns the text of that failure."""
    try:
        deed()
    except Failed as caught:
        return str(caught)
    raise Failed("the rig did not notice the fault: " + problem)


# --- Finding tests ------------------------------------------------------------------------------

marked = []


def test(function):
    """Marks a test. Its name is a sentence, it takes the rig, and it may return a note to print."""
    marked.append(function)
    return function


def tests_of(module, only=""):
    """The marked tests of an imported module, in order. `only` is part of a test's name, with
    spaces, or the whole name of a module."""
    words = only.replace(" ", "_")
    return [
        each for each in marked
        if each.__module__ == module and (words in each.__name__ or only == module)]


def modules_with_tests(folder):
    """The modules that mark tests, by name, as syntax trees. Fails if a top-level function is
    neither marked nor used: it may be a test whose mark is missing, which would never run."""
    modules = {}
    for path in sorted(glob.glob("**/*.py", root_dir=folder, recursive=True)):
        with open(os.path.join(folder, path), encoding="utf-8") as file:
            modules[path.removesuffix(".py").replace(os.sep, ".")] = ast.parse(file.read())
    used = {name for tree in modules.values() for name in names_used(tree)}
    useless = [
        f"{module}.{part.name}" for module, tree in modules.items() for part in tree.body
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))
        and part.name not in used and not marks(part.decorator_list)]
    check(not useless, f"not marked as tests, and never used: {', '.join(useless)}")
    return {module: tree for module, tree in modules.items() if marks(ast.walk(tree))}


def names_used(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def marks(nodes):
    return any(isinstance(node, ast.Name) and node.id == "test" for node in nodes)


def constant(tree, name):
    """The value of a constant of a module that was not imported; None if it has no such
    constant."""
    for part in tree.body:
        if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == name:
            return ast.literal_eval(part.value)
    return None


# --- Running tests -----------------------------------------------------------------------------


def play(tests, rig):
    """Runs tests, each between the rig's `begin` and `end`, and prints one line for each and the
    totals. Returns how many failed."""
    failed = 0
    for test in tests:
        started = time.monotonic()
        rig.begin()
        try:
            note, outcome = run(test, rig), "ok"
        except Exception as problem:
            note, outcome = reason(problem), "FAILED"
        rig.end()
        failed += outcome != "ok"
        seconds = time.monotonic() - started
        name = test.__name__.replace("_", " ")
        print(f"{outcome:6} {name} ({seconds:.1f} s)" + (f": {note}" if note else ""), flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed


def run(test, rig):
    if inspect.iscoroutinefunction(test):
        return asyncio.run(asyncio.wait_for(test(rig), TEST_SECONDS_MAX))
    return test(rig)


def reason(problem):
    """The text to print for an exception. A task group wraps the exceptions raised inside it."""
    wrapped = getattr(problem, "exceptions", None)
    if wrapped:
        return reason(wrapped[0])
    if isinstance(problem, Failed):
        return str(problem)
    return "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))

"""What the rigs in Python have in common: what a failure is, and how tests are played and told."""

import asyncio
import inspect
import time
import traceback

# How long an asynchronous test may take, and a program that a test waits for.
TEST_SECONDS_MAX = 120


class Failed(Exception):
    """A promise that was not kept."""


def check(condition, problem):
    if not condition:
        raise Failed(problem)


def expect_failure(deed, problem):
    """A control: the rig must catch this."""
    try:
        deed()
    except Failed as caught:
        return str(caught)
    raise Failed("the rig is blind: " + problem)


def play(tests, rig):
    """Plays tests, each between the rig's `begin` and `end`, and tells a line each and a verdict;
    gives how many failed."""
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
    """What to say of an exception. Task groups wrap what was raised inside them."""
    wrapped = getattr(problem, "exceptions", None)
    if wrapped:
        return reason(wrapped[0])
    if isinstance(problem, Failed):
        return str(problem)
    return "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))

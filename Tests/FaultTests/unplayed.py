"""The harness itself: it finds all tests, and reports each failure."""

import asyncio
import contextlib
import io

import harness
from rig import Failed, check, expect_failure, test

SUITE = """
from rig import test

@test
def it_does_what_it_says(rig):
    return help_with(rig)

def help_with(rig):
    pass

{mark}
async def nobody_is_left_out(rig):
    pass
"""


@test
def a_test_that_nobody_has_marked_is_noticed(rig):
    def found(mark):
        with open(rig.path("suite.py"), "w") as file:
            file.write(SUITE.format(mark=mark))
        return list(harness.modules_with_tests(rig.folder))

    check(found("@test") == ["suite"], "the module is not found")
    told = expect_failure(lambda: found(""), "an unmarked test is left out")
    check(told.endswith(": suite.nobody_is_left_out"), f"the message is: {told}")
    return told


@test
def a_test_that_fails_is_told_with_its_reason(rig):
    def breaks_a_promise(_):
        check(False, "one reason")

    def breaks_down(_):
        return {}["another reason"]

    async def breaks_a_promise_in_a_group(_):
        raise ExceptionGroup("", [ExceptionGroup("", [Failed("an inner reason")])])

    async def passes(_):
        await asyncio.sleep(0)
        return "a note"

    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        failed = harness.play(
            [breaks_a_promise, breaks_down, breaks_a_promise_in_a_group, passes], Nothing())
    check(failed == 3, f"{failed} failed")
    lines = told.getvalue().split("\n")
    for start, end in (
        ("FAILED breaks a promise (", " s): one reason"), ("KeyError: 'another", " reason'"),
        ("FAILED breaks a promise in a group (", " s): an inner reason"),
        ("ok     passes (", " s): a note"), ("1 passed", ", 3 failed")):
        is_there = any(line.startswith(start) and line.endswith(end) for line in lines)
        check(is_there, f"{start}…{end} is not in {lines}")


class Nothing:
    """A rig without programs or folders."""

    def begin(self):
        pass

    def end(self):
        pass

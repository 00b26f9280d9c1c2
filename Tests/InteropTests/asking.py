"""A person confirms what an agent can't undo: in both versions of the official SDK, and in every
protocol revision in which a server may ask."""

import contextlib
import json
import shlex
import subprocess

import anyio

from agents import NEWEST, STATELESS, Client, connected
from rig import OWNER, check, test

if Client:
    from mcp.types import ElicitResult, InputRequiredResult
    from mcp.shared.exceptions import MCPError
else:
    from mcp.types import ElicitResult

ENVIRONMENTS = ("mcp-1", "mcp-2")
ASKING = ("2025-06-18", "2025-11-25") + STATELESS
SILENT = ("2024-11-05", "2025-03-26")
ZOE = "zoe@acme.example"
BO = "bo@acme.example"
PURGE = {"user_id": ZOE, "mode": "permanent"}


class Person:
    """A person who gives a fixed answer to each question, after some optional work."""

    def __init__(self, action, meanwhile=None):
        self.action = action
        self.meanwhile = meanwhile
        self.questions = []

    async def __call__(self, context, params):
        self.questions.append(params.message)
        if self.meanwhile:
            await self.meanwhile()
        return ElicitResult(action=self.action, content={} if self.action == "accept" else None)


async def zoe_is_there(agent):
    return await agent.done("users_get", user_id=ZOE) is not None


async def newcomer(agent):
    await agent.done("users_create", email=ZOE, name="Zoë", org_id="acme")


@test
async def a_yes_does_it_and_nothing_else_does(rig):
    for version in ASKING:
        for action in ("decline", "cancel", "accept"):
            person = Person(action)
            async with connected(rig.serve(), version, person) as agent:
                await newcomer(agent)
                answer = await agent.call("users_delete", **PURGE)
                at = f"{version}, {action}: {answer.text}"
                check(len(person.questions) == 1 and ZOE in person.questions[0], at)
                check("for good" in person.questions[0], f"{at} {person.questions}")
                check(answer.is_error != (action == "accept"), at)
                check(await zoe_is_there(agent) != (action == "accept"), at)
    return ", ".join(ASKING)


@test
async def a_bulk_is_asked_about_as_a_whole(rig):
    operations = [
        {"method": "users.create", "params": {"email": "new@acme.example", "name": "New",
                                              "org_id": "acme"}},
        {"method": "users_update", "params": {"user_id": BO, "is_blocked": True}},
        {"method": "users.delete", "params": PURGE}]
    for version in ASKING:
        for action in ("decline", "accept"):
            person = Person(action)
            async with connected(rig.serve(), version, person) as agent:
                await newcomer(agent)
                await agent.done("users_create", email=BO, name="Bo", org_id="acme",
                                 roles=["admin"])
                answer = await agent.call("users_bulk", operations=operations)
                at = f"{version}, {action}: {answer.text}"
                check(len(person.questions) == 1, f"{at} {person.questions}")
                wanted = ("2 changes", "block the admin", BO, ZOE)
                check(all(word in person.questions[0] for word in wanted), person.questions[0])
                # Without permission nothing is committed, not even the first operation.
                emails = [user["email"] for user in (await agent.done("users_list"))["users"]]
                left = {OWNER, "new@acme.example"} if action == "accept" else {OWNER, ZOE, BO}
                check(set(emails) == left, f"{at} {emails}")


@test
async def other_requests_are_answered_while_a_person_thinks(rig):
    for version in ASKING:
        counts = []

        async def look():
            counts.append(await agent.done("users_count"))

        async def meanwhile():
            # Version 1 of the SDK reads nothing while it asks, but it can write.
            group.start_soon(look)
            await anyio.sleep(0.3)

        async with (connected(rig.serve(), version, Person("accept", meanwhile)) as agent,
                    anyio.create_task_group() as group):
            await newcomer(agent)
            with anyio.fail_after(20):
                await agent.done("users_delete", **PURGE)
                check(
                    await agent.done("users_count") == 1, f"{version}: the account was not deleted")
            # The count came before the person's answer.
            check(counts == [2], f"{version}: {counts}")


@test
async def rights_that_end_and_accounts_that_change_while_a_person_thinks_undo_the_yes(rig):
    for version in ASKING:
        for number, (change, reason) in enumerate((
            ((ZOE, "name=Another"), "confirmation_stale"),
            ((ZOE, "is_blocked=true"), "confirmation_stale"),
            (("ann@acme.example", "is_active=false"), "disabled_caller"),
            (("ann@acme.example", 'roles=["member"]'), "permission_denied"),
        )):
            store = "file:" + rig.path(f"{version}-{number}.db")
            rig.run("init", "--store", store, "--owner", OWNER)

            def by_owner(*words):
                rig.run("call", *words, "--store", store, "--as", OWNER)

            by_owner("users.create", "email=ann@acme.example", "name=Ann", "org_id=acme",
                     'roles=["admin"]')
            by_owner("users.create", "email=" + ZOE, "name=Zoe", "org_id=acme")

            async def meanwhile():
                by_owner("users.update", "user_id=" + change[0], change[1])

            command = [rig.roster, "serve", "--store", store, "--as", "ann@acme.example"]
            async with connected(command, version, Person("accept", meanwhile)) as agent:
                answer = await agent.call("users_delete", **PURGE)
                at = f"{version}, {change}: {answer.text}"
                check(answer.is_error and reason in answer.text, at)
            shown = rig.run("call", "users.get", "user_id=" + ZOE, "--store", store, "--as", OWNER)
            check(ZOE in shown, f"{at} {shown}")


@test
async def who_can_ask_nobody_is_refused_and_told_the_command_for_a_person(rig):
    for version, person in [(version, None) for version in ASKING] + [
            (version, Person("accept")) for version in SILENT]:
        async with connected(rig.serve(), version, person) as agent:
            await newcomer(agent)
            text = await agent.refused("users_delete", **PURGE)
            wanted = ("confirmation_needed", "\nroster call users.delete '{\"user_id\":", "permanent")
            check(all(word in text for word in wanted), f"{version}: {text}")
            check(await zoe_is_there(agent), f"{version}: the account was deleted")
            check(not person or not person.questions, f"{version}: a person was asked")
            # A soft deletion can be undone, so it needs no confirmation.
            check(await agent.done("users_delete", user_id=ZOE) is True, f"{version}")
            await agent.done("users_restore", user_id=ZOE)


# Changes of an admin's account; each is refused if no person can be asked.
CHANGES = (
    {"is_blocked": True}, {"is_active": False}, {"roles": ["member", "it's"]},
    {"email": "null"}, {"email": "\"q\"@acme.example"}, {"org_id": "a b $HOME `x`"},
    {"org_id": "null"}, {"clear": ["org_id"]}, {"oauth_provider": "true", "oauth_id": "12"},
    {"email": "new@acme.example", "roles": ["admin", "ops"], "org_id": "beta\u202e"},
)


@test
async def the_commands_for_a_person_do_just_that(rig):
    for number, change in enumerate(CHANGES):
        store = "file:" + rig.path(f"{number}.db")
        rig.run("init", "--store", store, "--owner", OWNER)
        options = ("--store", store, "--as", OWNER)
        rig.run("call", "users.create", *options, json.dumps({
            "email": ZOE, "name": "Zoë", "org_id": "acme", "roles": ["admin"]}))

        def zoe():
            exported = rig.run("export", "--store", store).splitlines()
            return json.loads(exported[-1])

        async with connected(rig.serve(store)) as agent:
            answer = await agent.call("users_update", user_id=ZOE, **change)
            if "invalid_params" in answer.text:
                continue
            before = zoe()
            check(answer.is_error and before["version"] == 1, f"{change}: {answer.text}")
            command = answer.text.split("\nroster ")[1]
            words = shlex.join([rig.roster]) + " " + command + " " + shlex.join(options)
            done = subprocess.run(["sh", "-c", words], capture_output=True, text=True)
            check(done.returncode == 0, f"{words}: {done.stderr}")
            wanted = {("organization_id" if name == "org_id" else name): value
                      for name, value in change.items() if name != "clear"}
            wanted.update({"organization_id": None} if "clear" in change else {})
            after = zoe()
            got = {name: after.get(name) for name in wanted}
            check(got == wanted, f"{command} made {got}")
    return f"{len(CHANGES)} changes"


@test
async def with_confirm_never_nobody_is_asked(rig):
    for version in ASKING:
        person = Person("decline")
        async with connected(rig.serve("memory", "--confirm", "never"), version, person) as agent:
            await newcomer(agent)
            check(await agent.done("users_delete", **PURGE) is True, version)
            check(not person.questions, f"{version}: a person was asked")


@test
async def who_never_answers_is_not_waited_for_at_the_end_of_input(rig):
    """The client leaves while a question is open; nothing is changed."""
    store = rig.store()
    rig.run("call", "users.create", "email=" + ZOE, "name=Zoe", "org_id=acme",
            "--store", store, "--as", OWNER)
    for version in ASKING:
        person = Person("accept", anyio.sleep_forever)
        # In version 1, a call that is cancelled while its reply arrives breaks the SDK's own
        # reader.
        broken = contextlib.nullcontext() if Client else contextlib.suppress(Exception)
        with anyio.move_on_after(5) as scope, broken:
            async with connected(rig.serve(store), version, person) as agent:
                with anyio.move_on_after(0.5):
                    await agent.call("users_delete", **PURGE)
        check(not scope.cancelled_caught, f"{version}: the server does not end")
        check(person.questions, f"{version}: no question was asked")
        shown = rig.run("call", "users.get", "user_id=" + ZOE, "--store", store, "--as", OWNER)
        check(ZOE in shown, f"{version}: the account was deleted: {shown}")


async def a_forged_and_a_stale_state_are_refused(rig):
    yes = {"confirmation": ElicitResult(action="accept")}
    async with connected(rig.serve(), NEWEST, Person("accept")) as agent:
        await newcomer(agent)
        await agent.done("users_create", email=BO, name="Bo", org_id="acme")
        session = agent.session.session

        async def send(state, **arguments):
            return await session.call_tool(
                "users_delete", arguments, request_state=state, input_responses=yes,
                allow_input_required=True)

        asked = await session.call_tool("users_delete", PURGE, allow_input_required=True)
        check(isinstance(asked, InputRequiredResult), f"no confirmation is required: {asked}")
        state = asked.request_state
        other = {"user_id": BO, "mode": "permanent"}
        for forged, arguments in (
            (state[:-1] + ("A" if state[-1] != "A" else "B"), PURGE),
            ("A" * len(state), PURGE), ("", PURGE), (state, other),
        ):
            try:
                answer = await send(forged, **arguments)
            except MCPError as problem:
                check(problem.error.code == -32602, f"{forged}: {problem.error}")
            else:
                check(False, f"{forged} was accepted: {answer}")
        await agent.done("users_update", user_id=ZOE, name="Another")
        answer = await send(state, **PURGE)
        check(answer.is_error and "confirmation_stale" in answer.content[0].text, f"{answer}")
        check(await agent.done("users_count") == 3, "an account was deleted")
        asked = await session.call_tool("users_delete", PURGE, allow_input_required=True)
        answer = await send(asked.request_state, **PURGE)
        check(not answer.is_error, f"a valid state is refused: {answer}")
        answer = await send(asked.request_state, **PURGE)
        check(answer.is_error, f"a state was accepted twice: {answer}")


# Version 1 of the SDK has no request state.
if Client:
    test(a_forged_and_a_stale_state_are_refused)

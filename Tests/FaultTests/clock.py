"""System clocks that are set forward and back."""

from limits import GHOST, PASSWORD, accept, code, guess
from rig import ORGANIZATION, check, expect_failure, problem, test

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEARS = 3653 * DAY
ANN = "ann@example.org"
BOB = "bob@example.org"
EVE = "eve@example.org"


class Clock:
    """A clock that several programs share, as an offset in seconds."""

    def __init__(self, rig, name="clock"):
        self.rig = rig
        self.path = rig.path(name)
        self.set(0)

    def set(self, seconds):
        # A single write, because the programs read the offset with a single read.
        with open(self.path, "r+b" if self.exists() else "wb", 0) as file:
            file.write(b"%+020d" % seconds)

    def exists(self):
        try:
            open(self.path).close()
            return True
        except FileNotFoundError:
            return False

    def serve(self, store, **more):
        env = {"FAULT_CLOCK": self.path, **more.pop("env", {})}
        return self.rig.serve(store, ("clock",), env, **more)


@test
def secrets_that_ended_stay_so_when_the_clock_is_set_back(rig):
    return ", ".join(revive(rig, jump, True) for jump in (DAY + MINUTE, 8 * DAY, YEARS))


@test
def a_clock_set_back_before_anything_was_done_is_seen_to_revive(rig):
    """A control: secrets are valid again after a jump that no write recorded. It also shows that
    the secrets were valid and that the clock was set."""
    return expect_failure(lambda: revive(rig, YEARS, False), "an unrecorded jump ends secrets")


@test
def secrets_that_were_refused_for_their_end_stay_so_when_the_clock_is_set_back(rig):
    """Only refusals happen while the clock is ahead, so no event records the later time."""
    clock = Clock(rig)
    store = rig.store()
    server = clock.serve(store)
    secrets = make(server)
    holders = servers_of_holders(clock, store, secrets)
    clock.set(YEARS)
    for name, secret in secrets.items():
        check(not is_good(rig, clock, store, server, name, secret), f"the {name} never expires")
    for name, holder in holders.items():
        check(code(holder.call("users.get_current")) == 401, f"the {name} never expires")
    clock.set(0)
    late = clock.serve(store)
    problems = [
        f"the {name} in {place} process"
        for place, each in (("the same", server), ("a new", late))
        for name, secret in secrets.items() if is_good(rig, clock, store, each, name, secret)]
    for name, holder in holders.items():
        reply = holder.call("users.get_current")
        if reply.get("error", {}).get("data", {}).get("reason") != "expired_token":
            problems.append(f"the {name} in the process that holds it: {code(reply)}")
    check(not problems, f"valid again after a refusal: {problems}")
    for each in rig.servers:
        check(each.close() == 0, each.complaint())
    rig.servers.clear()


LIVES = {
    "API token": DAY, "session": DAY, "reset": 30 * MINUTE, "invitation": 7 * DAY,
    "temporary password": 7 * DAY,
}


def servers_of_holders(clock, store, secrets):
    """One server for each token that can authenticate a process; all tokens are valid."""
    holders = {
        name: clock.serve(store, caller=None, env={"ROSTER_TOKEN": secrets[name]})
        for name in ("API token", "session")}
    for name, holder in holders.items():
        check("result" in holder.call("users.get_current"), f"the {name} is not valid")
    return holders


def revive(rig, jump, is_used):
    clock = Clock(rig)
    store = rig.store(f"jump-{jump}-{is_used}.db")
    server = clock.serve(store)
    secrets = make(server)
    holders = servers_of_holders(clock, store, secrets)
    other = clock.serve(store)
    other.result("users.count")
    clock.set(jump)
    if is_used:
        check("result" in server.create("later@example.org"), "a create was refused")
    clock.set(0)
    ended = [name for name, life in LIVES.items() if life < jump]
    for name, holder in holders.items():
        reply = holder.call("users.get_current")
        check("error" in reply, f"the {name} is valid again for the process that holds it")
    late = clock.serve(store)
    for process, each in (("another", other), ("the same", server), ("a new", late)):
        for name in ended:
            check(not is_good(rig, clock, store, each, name, secrets[name]),
                  f"the {name} is valid again in {process} process")
    for name in LIVES.keys() - ended:
        check(is_good(rig, clock, store, late, name, secrets[name]), f"the {name} expired early")
    # Secrets that are made after the jump are valid.
    secrets = make(late, "new-")
    for name, secret in secrets.items():
        check(is_good(rig, clock, store, other, name, secret, "new-"), f"a new {name} is not valid")
    for server in rig.servers:
        check(server.close() == 0, server.complaint())
    rig.servers.clear()
    return f"{jump // DAY} days: {len(ended)} ended"


def make(server, prefix=""):
    """Makes one secret of each kind."""
    ann = prefix + ANN
    accept(server, ann)
    create = {"name": "A B", "org_id": ORGANIZATION}
    temporary = server.result(
        "users.create", email=prefix + BOB, invite_mode="temporary_password", **create)
    invitation = server.result(
        "users.create", email=prefix + EVE, invite_mode="email_link", **create)
    token = server.result("users.create_token", user_id=ann, name="t", expires_in_days=1)
    return {
        "API token": token["token"],
        "session": guess(server, ann, PASSWORD)["result"]["one_time"]["session_token"],
        "reset": server.result("users.reset_password", user_id=ann)["one_time"]["reset_token"],
        "invitation": invitation["one_time"]["invitation_token"],
        "temporary password": temporary["one_time"]["temporary_password"],
    }


def is_good(rig, clock, store, server, name, secret, prefix=""):
    """Whether the secret is accepted. A dry run tests it, so that it is not used up."""
    if name in ("API token", "session"):
        holder = clock.serve(store, caller=None, env={"ROSTER_TOKEN": secret})
        holder.write('{"jsonrpc":"2.0","id":1,"method":"users.get_current"}\n')
        reply = holder.wait(1)
        holder.close() if reply else holder.kill()
        rig.servers.remove(holder)
        return bool(reply) and "result" in reply
    method, params = {
        "reset": ("complete_password_reset", {"token": secret, "new_password": PASSWORD}),
        "invitation": ("accept_invitation", {"token": secret, "password": PASSWORD}),
        "temporary password": ("change_password", {
            "email": prefix + BOB, "current_password": secret, "new_password": PASSWORD}),
    }[name]
    reply = server.call("users." + method, dry_run=True, **params)
    check("result" in reply or code(reply) in (401, 404, 409, 410), f"{name}: {reply}")
    return "result" in reply


# --- Order ---------------------------------------------------------------------------------------


JUMPS = (0, DAY, 0, DAY + 1, -DAY, YEARS, 0, -YEARS, YEARS + DAY, DAY)


@test
def ids_times_and_events_stay_in_order_across_jumps(rig):
    return ordered(rig, False)


@test
def ids_times_and_events_stay_in_order_across_jumps_and_restarts(rig):
    return ordered(rig, True)


def ordered(rig, is_restarted):
    clock = Clock(rig)
    store = rig.store()
    server = clock.serve(store)
    made = []
    for at, jump in enumerate(JUMPS):
        clock.set(jump)
        if is_restarted:
            check(server.close() == 0, server.complaint())
            server = clock.serve(store)
        for n in range(4):
            reply = server.create(f"u{at}-{n}@example.org")
            check("result" in reply, f"a create after a jump to {jump} was refused: {reply}")
            made.append(reply["result"])
        user = server.result("users.update", user_id=made[-1]["id"], job_title=f"after {jump}")
        check(user["updated_at"] >= user["created_at"], f"updated before created: {user}")
    check_order(made, lambda user: user["created_at"], "created_at", True)
    check_order(made, lambda user: user["id"], "id", False)
    check_feed(server)
    listed = server.result("users.list", sort_by="created_at", sort_order="asc", limit=1000)
    ids = [user["id"] for user in listed["users"] if user["email"].startswith("u")]
    check(ids == [user["id"] for user in made], "the list is not in the order of creation")
    expect_failure(
        lambda: check_order(made[::-1], lambda user: user["id"], "id", False), "any order passes")
    return f"{len(made)} accounts, {len(JUMPS)} jumps"


@test
def two_processes_whose_clocks_differ_keep_one_order(rig):
    store = rig.store()
    clocks = [Clock(rig, f"clock-{at}") for at in range(2)]
    servers = [clock.serve(store) for clock in clocks]
    clocks[1].set(DAY)
    made = []
    for at in range(30):
        reply = servers[at % 2].create(f"u{at}@example.org")
        check("result" in reply, f"a create was refused: {reply}")
        made.append(reply["result"])
    # Within one millisecond, ids from several processes have no defined order.
    check_order(made, lambda user: user["created_at"], "created_at", True)
    check_feed(servers[0])


def check_feed(server):
    events = server.result("users.events", limit=1000)["events"]
    check(
        [event["seq"] for event in events] == list(range(1, len(events) + 1)),
        "the feed has gaps")
    check_order(events, lambda event: event["at"], "at of events", True)


def check_order(things, key, name, may_be_equal):
    for one, other in zip(things, things[1:]):
        before, after = key(one), key(other)
        check(
            before < after or (may_be_equal and before == after),
            f"{name} {after} follows {before}")


# --- Other times ---------------------------------------------------------------------------------


@test
def an_answer_is_remembered_for_a_day(rig):
    clock = Clock(rig)
    store = rig.store()
    server = clock.serve(store)
    make = {"email": ANN, "name": "A B", "org_id": ORGANIZATION, "idempotency_key": "k"}
    first = server.result("users.create", **make)
    clock.set(DAY - MINUTE)
    check(server.result("users.create", **make) == first, "an idempotency key was forgotten early")
    server.close()
    clock.set(DAY + MINUTE)
    server = clock.serve(store)
    reply = server.call("users.create", **make)
    check(problem(reply) == ("conflict", "email_taken"), f"after a day the reply is {reply}")


@test
def each_failure_more_doubles_the_wait_up_to_a_quarter_of_an_hour(rig):
    clock = Clock(rig)
    server = clock.serve(rig.store())
    time, waits = 0, []
    for _ in range(5):
        check(code(guess(server, GHOST)) == 401, "a free failure was delayed")
    for _ in range(8):
        waits.append(guess(server, GHOST)["error"]["data"]["retry_after_seconds"])
        time += waits[-1] - 2
        clock.set(time)
        check(code(guess(server, GHOST)) == 429, "the wait is shorter than retry_after_seconds")
        time += 2
        clock.set(time)
        check(code(guess(server, GHOST)) == 401, "the wait is longer than retry_after_seconds")
    exact = [30, 60, 120, 240, 480, 900, 900, 900]
    check(
        all(0 <= wanted - wait <= 2 for wait, wanted in zip(waits, exact)), f"waits of {waits}")
    clock.set(time + DAY + MINUTE)
    for _ in range(5):
        check(code(guess(server, GHOST)) == 401, "after a day failures are not free")
    check(code(guess(server, GHOST)) == 429, "after a day failures are not counted")
    return f"waits of {waits} s"


@test
def failures_on_a_clock_that_was_ahead_keep_nobody_out_for_long(rig):
    keep_out(rig, 6, lambda server: None)


@test
def failures_after_a_clock_was_ahead_keep_nobody_out_for_long(rig):
    keep_out(rig, 0, lambda server: server.create("later@example.org"))


def keep_out(rig, count_ahead, deed):
    clock = Clock(rig)
    store = rig.store()
    server = clock.serve(store)
    accept(server, ANN)
    clock.set(YEARS)
    deed(server)
    for _ in range(count_ahead):
        guess(server, ANN)
    clock.set(0)
    for _ in range(6 - count_ahead):
        guess(server, ANN)
    for name, each in (("the same", server), ("a new", clock.serve(store))):
        reply = guess(each, ANN, PASSWORD)
        wait = reply.get("error", {}).get("data", {}).get("retry_after_seconds", 0)
        check(wait <= 900, f"{name} process says to wait {wait} s")
    clock.set(901)
    check(code(guess(server, ANN, PASSWORD)) == 200, "the wait never ends")

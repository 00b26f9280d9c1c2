"""The duration of a refused sign-in does not depend on the reason."""

import statistics
import time

from rig import ORGANIZATION, Failed, check, expect_failure, problem, test

SAMPLES = 25
ATTEMPTS = 3
RATIO_MAX = 1.10
PASSWORD = "a right password"
LIMITED = "limited@example.org"


@test
def who_is_refused_waits_as_long_whatever_the_reason(rig):
    kinds = ("unknown", "wrong", "blocked", "invited")
    server = rig.serve(rig.store())
    return until_quiet(lambda round: compare(server, kinds, round))


@test
def an_answer_that_checks_nothing_is_seen_to_be_quicker(rig):
    """A control: an account with too many failures is refused before its password is checked."""
    server = rig.serve(rig.store())
    for _ in range(6):
        reply = server.call("users.authenticate", email=LIMITED, password="a wrong one")
    check(reply["error"]["code"] == 429, f"the sixth failure got {reply}")
    return expect_failure(
        lambda: until_quiet(lambda round: compare(server, ("wrong", "limited"), round)),
        "a refusal without Argon2 counts as equally slow")


def make(server, email, kind):
    made = server.result(
        "users.create", email=email, name="A B", org_id=ORGANIZATION, invite_mode="email_link")
    if kind == "invited":
        return
    token = made["one_time"]["invitation_token"]
    server.result("users.accept_invitation", token=token, password=PASSWORD)
    if kind == "blocked":
        server.result("users.update", user_id=email, is_blocked=True)


def until_quiet(deed):
    """Tries several times, since other load on the machine adds noise. A real difference shows in
    every attempt."""
    for round in range(ATTEMPTS):
        try:
            return deed(round)
        except Failed as failure:
            last = failure
    raise last


def compare(server, kinds, round):
    # A new account for each sample, because only five failures are free.
    emails = {
        kind: [f"{kind}-{round}-{at}@example.org" for at in range(SAMPLES)] for kind in kinds}
    for kind in set(kinds) - {"unknown", "limited"}:
        for email in emails[kind]:
            make(server, email, kind)
    took = {kind: [] for kind in kinds}
    for at in range(SAMPLES):
        # Each kind comes first equally often.
        order = kinds[at % len(kinds):] + kinds[:at % len(kinds)]
        for kind in order:
            email = emails[kind][at] if kind != "limited" else LIMITED
            word = PASSWORD if kind == "blocked" else "a wrong password"
            started = time.perf_counter()
            reply = server.call("users.authenticate", email=email, password=word)
            took[kind].append(time.perf_counter() - started)
            if kind != "limited":
                check(
                    problem(reply) == ("unauthenticated", "invalid_credentials"),
                    f"{kind} got {reply}")
    medians = {kind: statistics.median(each) * 1000 for kind, each in took.items()}
    told = ", ".join(f"{kind} {ms:.1f} ms" for kind, ms in medians.items())
    ratio = max(medians.values()) / min(medians.values())
    check(ratio <= RATIO_MAX, f"medians differ by a factor of {ratio:.2f}: {told}")
    return f"{told}: {ratio:.3f}"

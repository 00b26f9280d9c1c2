"""Repeated failed sign-ins are delayed, so that passwords can't be guessed quickly."""

import threading

from rig import ORGANIZATION, check, expect_failure, test

FREE = 5
PROCESSES = 8
GUESSES = 6
WAIT_SECONDS_MAX = 900
PASSWORD = "a right password"
ANN, BOB, GHOST = "ann@example.org", "bob@example.org", "ghost@example.org"


@test
def five_failures_are_free_and_all_processes_count_them(rig):
    store = rig.store()
    server, other = rig.serve(store), rig.serve(store)
    for email in (ANN, BOB):
        accept(server, email)
    waits = {}
    for email in (ANN, GHOST):
        for at in range(FREE):
            reply = guess((server, other)[at % 2], email)
            check(code(reply) == 401, f"failure {at + 1} is answered with {reply}")
        waits[email] = wait_of(guess(server, email))
        check(28 <= waits[email] <= 30, f"a first wait of {waits[email]} s")
        wait_of(guess(other, email))
        # An attempt that is refused with a wait is not counted as a failure, so the wait stays.
        check(
            wait_of(guess(server, email)) <= 30, "an attempt during the wait made the wait longer")
    check(
        code(guess(server, ANN, PASSWORD)) == 429, "the right password is accepted during the wait")
    check(
        code(guess(other, " ANN@Example.org ", PASSWORD)) == 429,
        "another spelling of the email avoids the wait")
    check(code(guess(server, BOB, PASSWORD)) == 200, "another email has to wait")
    changed = other.call(
        "users.change_password", email=ANN, current_password=PASSWORD, new_password=PASSWORD + "2")
    check(code(changed) == 429, f"change_password avoids the wait: {changed}")
    server.kill()
    check(other.close() == 0, other.complaint())
    server = rig.serve(store)
    for email in (ANN, GHOST):
        wait_of(guess(server, email))
    reset(server, ANN, "a third password")
    check(code(guess(server, ANN)) == 401, "after a reset failures are not free")
    check(code(guess(server, ANN, "a third password")) == 200, "the new password is refused")
    wait_of(guess(server, GHOST))
    check(server.close() == 0, server.complaint())
    return f"waits of {sorted(waits.values())} s"


@test
def a_success_makes_failures_free_again(rig):
    server = rig.serve(rig.store())
    accept(server, ANN)
    for _ in range(2):
        for at in range(FREE - 1):
            check(code(guess(server, ANN)) == 401, "a failure was not free")
        check(code(guess(server, ANN, PASSWORD)) == 200, "four failures lock the user out")


@test
def guesses_at_once_get_few_verdicts_more(rig):
    return storm(rig, [ANN] * PROCESSES)


@test
def guesses_at_many_emails_are_seen_to_get_more(rig):
    """A control: each email has its own count, so that guesses at many emails get more replies."""
    emails = [f"a{at}@example.org" for at in range(PROCESSES)]
    return expect_failure(lambda: storm(rig, emails), "a large number of verdicts passes")


def storm(rig, emails):
    store = rig.store()
    servers = [rig.serve(store) for _ in emails]
    accept(servers[0], ANN)
    verdicts, waits, others = [], [], []
    start = threading.Barrier(len(emails))

    def work(server, email):
        start.wait()
        ids = [
            server.send("users.authenticate", email=email, password=f"a wrong one {at}")
            for at in range(GUESSES)]
        for id in ids:
            reply = server.wait(id)
            {401: verdicts, 429: waits}.get(reply and code(reply), others).append(reply)

    threads = [threading.Thread(target=work, args=each, daemon=True)
               for each in zip(servers, emails)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check(not others, f"{len(others)} other replies, the first: {others[:1]}")
    check(
        len(verdicts) + len(waits) == len(emails) * GUESSES,
        f"{len(verdicts)} verdicts and {len(waits)} waits of {len(emails) * GUESSES}")
    check(len(verdicts) >= FREE, f"only {len(verdicts)} verdicts")
    check(
        len(verdicts) <= FREE + PROCESSES,
        f"{len(verdicts)} verdicts for {len(emails)} processes at once")
    return f"{len(verdicts)} verdicts, {len(waits)} waits"


def accept(server, email, password=PASSWORD):
    """Creates an account that can sign in with the password."""
    made = server.result(
        "users.create", email=email, name="A B", org_id=ORGANIZATION, invite_mode="email_link")
    token = made["one_time"]["invitation_token"]
    server.result("users.accept_invitation", token=token, password=password)


def reset(server, email, password):
    token = server.result("users.reset_password", user_id=email)["one_time"]["reset_token"]
    server.result("users.complete_password_reset", token=token, new_password=password)


def guess(server, email, password="a wrong password"):
    return server.call("users.authenticate", email=email, password=password)


def code(reply):
    return reply["error"]["code"] if "error" in reply else 200


def wait_of(reply):
    check(code(reply) == 429, f"an attempt beyond the limit got {reply}")
    seconds = reply["error"]["data"].get("retry_after_seconds")
    check(
        isinstance(seconds, int) and 1 <= seconds <= WAIT_SECONDS_MAX,
        f"retry_after_seconds is {seconds}")
    return seconds

"""Limits: the size of replies, memory, cached statements and the log are bounded."""

import json
import os
import random
import select
import shutil
import signal
import time

from rig import ORGANIZATION, OWNER, check, expect_failure, request, test, wait_for
from strangers import BULK_WAIT_MS_MAX, WAIT_MS_MAX, batch, bulk, serving, watch_all

MEMORY_KIB_MAX = 256 << 10
REPLY_BYTES_MAX = 64 << 20
# An entry that does not fit gets an error reply, which takes up to this much in addition.
REFUSAL_BYTES_MAX = 1 << 10
ANSWER_SECONDS_MAX = 60
BIG = 1000
METADATA_BYTES = 16_000
MEMBER = "big0@example.org"
FIRST_QUESTIONS = 3
STATEMENT_KIB_MAX = 8 << 10
LOG_BYTES_MIN = 60 << 20
LOG_BYTES_MAX = 20 << 20
PAGE = ("users.list", {"limit": 1000})
WIDEST = {
    "email": "wide@example.org", "org_id": ORGANIZATION, "name": "\U0001F600" * 255,
    "auto_groups": [f"{at:03}" + "\U0001F600" * 252 for at in range(100)],
    "metadata": {"a": "x" * METADATA_BYTES}}
TYPES = (
    "user_created", "user_updated", "user_deleted", "user_restored", "user_invited",
    "invitation_accepted", "password_reset_requested", "password_changed", "token_created",
    "token_revoked", "policy_changed")


# --- Replies --------------------------------------------------------------------------------------


@test
def one_line_makes_no_reply_without_a_bound(rig):
    store = big_store(rig)
    tool = ("tools/call", {"name": "users_list", "arguments": {
        "limit": 200, "fields": ["email", "metadata"]}})
    notes = []
    for name, caller, count, entry in (
        ("full pages of a member", MEMBER, 300, PAGE),
        ("full pages by tool", MEMBER, 300, tool),
        ("pages of events", OWNER, 300, ("users.events", {"limit": 1000, "after": 0})),
        ("documents without a caller", None, 1000, ("rpc.discover", {})),
    ):
        (reply, next), peak = exchange(rig, store, [
            batch([entry] * count), request("next", "server.info", {})], caller)
        check(len(reply) <= REPLY_BYTES_MAX + count * REFUSAL_BYTES_MAX, f"{name}: {len(reply)} B")
        check(peak <= MEMORY_KIB_MAX, f"{name}: {peak >> 10} MiB of memory")
        check("result" in json.loads(next), f"{name}: the next request got {next[:200]}")
        entries = json.loads(reply)
        refused = check_refused(entries)
        done = count - len(refused)
        check(done > 0 and not any(entry in refused for entry in entries[:done]), f"{name}: {done}")
        notes.append(f"{name}: {done} of {count} fit, {len(reply) >> 20} MiB, {peak >> 10} MiB")
    return "; ".join(notes)


@test
def a_write_whose_answer_does_not_fit_is_undone_and_others_stay(rig):
    store = big_store(rig)
    # Each page takes part of the remaining room, until no account of this size fits.
    pages = [("users.list", {"limit": limit, "include_total": False}) for limit in (
        1000, 1000, 1000, 1000, 500, 250, 125, 60, 30, 15, 8, 4, 2, 1, 1)]
    bigs = [f"big{at}@example.org" for at in range(1, 8)]
    update = lambda email: ("users.update", {"user_id": email, "job_title": "changed"})
    create = ("users.create", {"email": "late@example.org", "name": "L", "org_id": ORGANIZATION,
                               "metadata": {"a": "x" * METADATA_BYTES}, "idempotency_key": "late"})
    entries = [
        update("small0@example.org"), *pages, *map(update, bigs), create,
        bulk([update(f"big{at}@example.org") for at in range(100, 1000)]),
        ("users.delete", {"user_id": "small1@example.org"}), ("users.count", {}),
    ]
    server = rig.serve(store)
    version = lambda email: (server.result("users.get", user_id=email) or {}).get("version")
    before = {email: version(email) for email in (*bigs, "big100@example.org")}
    (reply,), peak = exchange(rig, store, [batch(entries)])
    check(peak <= MEMORY_KIB_MAX, f"{peak >> 10} MiB of memory")
    answers = json.loads(reply)
    check_refused(answers)
    is_done = ["result" in answer for answer in answers]
    check(is_done[0] and is_done[-2:] == [True, True], f"small replies did not fit: {is_done}")
    check(is_done[-4:-2] == [False, False], "a create or a bulk without room was committed")
    first = 1 + len(pages)
    fit = is_done[first:first + len(bigs)]
    # One at most, since an update's reply is slightly shorter than a page of one account.
    check(sum(fit) <= 1, f"updates that were committed although their replies have no room: {fit}")
    for email, done in zip((*bigs, "big100@example.org"), (*fit, False)):
        check(version(email) == before[email] + done, f"{email}, done: {done}: {version(email)}")
    check(version("small0@example.org") == 2, "the first write did not stay")
    check(version("small1@example.org") is None, "the deletion did not stay")
    check(version("late@example.org") is None, "a refused create added an account")
    check(
        "result" in server.call(create[0], **create[1]),
        "the idempotency key of a refused call was stored")
    check(len(reply) <= REPLY_BYTES_MAX + len(entries) * REFUSAL_BYTES_MAX, f"{len(reply)} bytes")
    return f"{len(reply) / (1 << 20):.2f} MiB, {peak >> 10} MiB of memory"


@test
def a_bulk_whose_answer_is_too_large_is_done_or_refused_as_a_whole(rig):
    store = rig.store()
    server = rig.serve(store)
    server.result("users.create", **WIDEST)
    notes = []
    for manner in ({}, {"atomic": True}, {"dry_run": True}):
        before = server.result("users.get", user_id="wide@example.org")["version"]
        method, params = bulk([("users.update", {
            "user_id": "wide@example.org", "job_title": f"{manner} {at}"}) for at in range(1000)])
        (reply,), peak = exchange(rig, store, [request(1, method, {**params, **manner})])
        check(peak <= MEMORY_KIB_MAX, f"{manner}: {peak >> 10} MiB of memory")
        check(len(reply) <= REPLY_BYTES_MAX + REFUSAL_BYTES_MAX, f"{manner}: {len(reply)} bytes")
        answer = json.loads(reply)
        refused = check_refused([answer])
        done = 0 if refused else sum("result" in one for one in answer["result"]["results"])
        check(refused or done == 1000, f"{manner}: {done} of 1,000 were done")
        made = server.result("users.get", user_id="wide@example.org")["version"] - before
        check(
            made == (0 if "dry_run" in manner else done),
            f"{manner}: {made} committed, {done} reported")
        notes.append(f"{manner or 'plain'}: {'refused' if refused else 'done'}, {peak >> 10} MiB")
    return "; ".join(notes)


@test
def nobody_waits_for_changes_of_large_accounts(rig):
    store = big_store(rig)
    check(rig.serve(store).result("users.create", **WIDEST), "not made")
    merges = [("users.update", {"user_id": f"big{at}@example.org", "metadata": {"b": str(at)}})
              for at in range(BIG)]
    widest = [("users.update", {"user_id": WIDEST["email"], "job_title": f"job {at}"})
              for at in range(300)]
    cases = {"a batch of 1,000 merges": batch(merges), "a batch of the widest": batch(widest)}
    bulks = {"a bulk of 1,000 merges": request(1, *bulk(merges[::-1])),
             "a bulk of the widest": request(1, *bulk(widest[::-1]))}
    beside = lambda lines, most: watch_all(rig, store, {
        name: lambda line=line: serving(rig, store, [line]) for name, line in lines.items()}, most)
    return beside(cases, WAIT_MS_MAX)[0] + ", " + beside(bulks, BULK_WAIT_MS_MAX)[0]


@test
def a_client_that_never_reads_full_pages_costs_bounded_memory(rig):
    store = big_store(rig)
    stalled = serving(rig, store, [request(at, *PAGE) for at in range(300)], MEMBER, reads=False)
    last, since, peak = 0, time.monotonic(), 0
    while time.monotonic() < since + 1.5:
        peak = memory_kib(stalled)
        check(peak <= MEMORY_KIB_MAX, f"{peak >> 10} MiB of memory")
        if peak > last:
            last, since = peak, time.monotonic()
        time.sleep(0.05)
    stalled.process.kill()
    return f"{peak >> 10} MiB"


def check_refused(answers):
    """The refused entries, which must all be refused because the reply is too large. A tool reports
    its refusal inside its result."""
    refused = [answer for answer in answers if "error" in answer]
    for answer in refused:
        error = answer["error"]
        check(
            (error["code"], error["data"]["kind"], error["data"]["reason"])
            == (413, "too_large", "reply"), f"refused with {error}")
    results = [answer["result"] for answer in answers if "result" in answer]
    told = [result for result in results if isinstance(result, dict) and "isError" in result]
    wrong = [result for result in told if "reply" not in json.dumps(result)]
    check(not wrong, f"a tool refused with {wrong[:1]}")
    return refused + told


def exchange(rig, store, lines, caller=OWNER):
    """The replies of a server to lines that are sent at once, and its peak memory in KiB."""
    stranger = serving(rig, store, lines, caller, end=(ANSWER_SECONDS_MAX, None))
    output, peak = stranger.process.stdout, 0
    end = time.monotonic() + ANSWER_SECONDS_MAX
    found = 0
    while found < len(lines):
        check(time.monotonic() < end, f"no reply within {ANSWER_SECONDS_MAX} s")
        peak = memory_kib(stranger)
        check(peak < 4 * MEMORY_KIB_MAX, f"{peak >> 10} MiB of memory, and rising")
        if select.select([output], [], [], 0.05)[0]:
            block = stranger.take(0)
            check(block, "the server has died")
            found += block.count(b"\n")
    peak = memory_kib(stranger)
    stranger.process.kill()
    return bytes(stranger.output).splitlines(), peak


def memory_kib(stranger, name="VmHWM"):
    with open(f"/proc/{stranger.process.pid}/status") as file:
        return next((int(line.split()[1]) for line in file if line.startswith(name + ":")), 0)


def big_store(rig):
    """A copy of a store with accounts of nearly maximal metadata and some small accounts."""
    base = os.path.join(rig.libraries, "big.db")
    if not os.path.exists(base):
        store = rig.store("base.db")
        user = {"name": "B", "org_id": ORGANIZATION}
        rows = [{**user, "email": f"big{at}@example.org",
                 "metadata": {"a": f"{at:05}" + "x" * METADATA_BYTES}} for at in range(BIG)]
        rows += [{**user, "email": f"small{at}@example.org"} for at in range(10)]
        done = rig.run("import", "-", "--store", "file:" + store,
                       input="\n".join(map(json.dumps, rows)))
        check(done.returncode == 0, f"the import failed: {done.stderr}")
        os.rename(store, base)
    return shutil.copy(base, rig.path("big.db"))


# --- Cached statements ----------------------------------------------------------------------------


@test
def many_different_questions_are_not_kept_for_ever(rig):
    store = big_store(rig)
    ids = [user["id"] for user in rig.serve(store).result(
        "users.list", limit=1000, fields=["id"])["users"]]
    flags = ("is_active", "is_blocked", "is_superuser", "is_service_account", "is_developer",
             "email_verified")

    def filters(at):
        chosen = {name: bool(at % 3) for bit, name in enumerate(flags) if at >> bit & 1}
        order = ("created_at", "email", "name", "updated_at")[at // 64 % 4]
        return {"user_ids": ids[:700 + at], "sort_by": order, "limit": 1, **chosen}

    def types(at):
        return {"types": [name for bit, name in enumerate(TYPES) if at + 1 >> bit & 1], "limit": 1}

    return "; ".join(
        f"{count} kinds of {method}: {growth_kib(rig, store, method, params, count)} KiB more"
        for method, params, count in (("users.list", filters, 300), ("users.events", types, 2000)))


def growth_kib(rig, store, method, params, count):
    server = rig.serve(store)
    for at in range(count):
        server.result(method, **params(at))
        if at == FIRST_QUESTIONS:
            before = server.memory_kib("VmRSS")
    grown = server.memory_kib("VmRSS") - before
    check(grown <= STATEMENT_KIB_MAX, f"{grown} KiB more after {count} kinds of {method}")
    check(server.close() == 0, server.complaint())
    return grown


# --- The log --------------------------------------------------------------------------------------


@test
def a_log_that_grew_beside_a_stopped_reader_shrinks_when_it_goes_on(rig):
    return grow_log(rig, lambda reader: reader.process.send_signal(signal.SIGCONT))


@test
def a_log_that_grew_beside_a_stopped_reader_shrinks_when_it_is_killed(rig):
    return grow_log(rig, lambda reader: reader.kill())


@test
def a_log_whose_reader_stays_stopped_is_seen_not_to_shrink(rig):
    """A control: beside a reader that stays stopped, the log must stay large."""
    return expect_failure(lambda: grow_log(rig, lambda reader: None), "a large log is small")


def grow_log(rig, end):
    store = rig.store()
    writer, reader = rig.serve(store), rig.serve(store)
    writer.create("u@example.org")
    reader.result("users.list")
    reader.process.send_signal(signal.SIGSTOP)
    size = lambda: os.path.getsize(store + "-wal")
    dice, count = random.Random(3), 0
    while size() < LOG_BYTES_MIN:
        ids = [
            writer.send("users.update", user_id="u@example.org",
                        metadata={"a": f"{dice.getrandbits(4 * METADATA_BYTES):x}"})
            for _ in range(10)]
        check(all("result" in writer.wait(id) for id in ids), "an update was refused")
        count += 10
        check(
            count < 20_000, f"a log of {size()} bytes only: the reader does not block checkpoints")
    largest = size()
    end(reader)

    def is_small():
        check("result" in writer.call("users.update", user_id="u@example.org",
                                      job_title=f"job {time.monotonic()}"), "refused")
        return size() < LOG_BYTES_MAX

    wait_for(is_small, 4, f"shrinking of a log of {largest >> 20} MiB")
    check(writer.close() == 0, writer.complaint())
    return f"{largest >> 20} MiB, then {size() >> 10} KiB"

"""Clients that stop reading, or read slowly."""

import os
import signal
import threading
import time

from rig import accounts, check, problem, request, test

PEOPLE = 1000
# Replies that wait for a reader may take 64 MiB (waiting_bytes_max), and all else as much again.
MEMORY_KIB_MAX = (64 + 64) << 10
WAITING_KIB_MIN = 48 << 10
ASKED = 600
WRITE_SECONDS_MAX = 1
STOP_SECONDS_MAX = 3
# A reader may pause after the input has ended, as a pager does; the server waits three seconds for
# it.
END_SECONDS_MAX = 5


@test
def a_client_that_stops_reading_costs_bounded_memory_and_stops_nobody(rig):
    store = rig.store()
    fill(rig, store)
    stalled = rig.serve(store)
    stalled.result("users.count")
    at_first = stalled.memory_kib()
    stalled.paused.clear()
    # Pages of all accounts, and writes between them, whose lock the server must not keep.
    lines = []
    for at in range(ASKED):
        lines.append(request(f"r{at}", "users.list", {"limit": PEOPLE}))
        params = {"user_id": f"u{at % PEOPLE}@example.org", "job_title": f"job {at}"}
        lines.append(request(f"w{at}", "users.update", params))
    sender = threading.Thread(
        target=lambda: stalled.write("\n".join(lines) + "\n"), daemon=True)
    sender.start()
    wait_until_stalled(stalled)

    other = rig.serve(store)
    longest = 0
    for at in range(200):
        started = time.monotonic()
        check("result" in other.create(f"other-{at}@example.org"), "the other process can't write")
        longest = max(longest, time.monotonic() - started)
    check(longest < WRITE_SECONDS_MAX, f"the other process waited {longest:.2f} s")
    peak = stalled.memory_kib()
    check(
        at_first + WAITING_KIB_MIN < peak, f"only {peak} KiB: the client did not stall the server")
    check(peak <= MEMORY_KIB_MAX, f"{peak} KiB of memory while the client read nothing")

    # The client reads on, and gets a reply to every request.
    stalled.paused.set()
    for at in range(ASKED):
        for id in (f"r{at}", f"w{at}"):
            reply = stalled.wait(id)
            check(reply and "result" in reply, f"{id} got {problem(reply)}; {stalled.complaint()}")
    sender.join(10)
    peak = stalled.memory_kib()
    check(stalled.close() == 0 and other.close() == 0, "an end was not clean")
    check(len(accounts(store, rig.folder)) == PEOPLE + 201, "accounts are missing")
    return f"{peak >> 10} MiB at most, longest write of the other {longest * 1000:.0f} ms"


SLOW_READ_BYTES = 48 << 10
SLOW_ASKED = 1000


@test
def a_client_that_reads_slowly_costs_bounded_memory(rig):
    """The queue of replies is never empty, and the client never stops reading."""
    store = rig.store()
    fill(rig, store)
    server = rig.serve(store)
    server.result("users.count")
    server.paused.clear()
    line = request(1, "users.list", {"limit": PEOPLE}) + "\n"
    sender = threading.Thread(target=lambda: server.write(line * SLOW_ASKED), daemon=True)
    sender.start()
    # The rig's reader thread is blocked in a read, and takes one more block before it pauses.
    time.sleep(0.5)
    count = lines = 0
    while lines < SLOW_ASKED - 2:
        block = os.read(server.process.stdout.fileno(), SLOW_READ_BYTES)
        check(block, f"the server is gone: {server.complaint()}")
        count += len(block)
        lines += block.count(b"\n")
        time.sleep(0.0005)
        check(
            server.memory_kib() <= MEMORY_KIB_MAX,
            f"{server.memory_kib()} KiB of memory after {count >> 20} MiB were read")
    peak = server.memory_kib()
    sender.join(10)
    server.kill()
    return f"{peak >> 10} MiB at most, {count >> 20} MiB read"


@test
def a_stalled_server_stops_when_it_is_told_to(rig):
    store = rig.store()
    fill(rig, store)
    took = {}
    for name in ("end of input", "SIGTERM"):
        server = rig.serve(store)
        server.result("users.count")
        server.paused.clear()
        lines = [request(at, "users.list", {"limit": PEOPLE}) for at in range(20)]
        server.write("\n".join(lines) + "\n")
        time.sleep(0.5)
        started = time.monotonic()
        if name == "SIGTERM":
            os.kill(server.pid, signal.SIGTERM)
        else:
            server.process.stdin.close()
        while server.is_running() and time.monotonic() < started + 15:
            time.sleep(0.01)
        took[name] = time.monotonic() - started
        code = server.process.poll()
        check(code is None or code >= 0, f"{name}: ended by {code}")
        server.kill()
    late = [f"{name} {seconds:.1f} s" for name, seconds in took.items()
            if seconds > (STOP_SECONDS_MAX if name == "SIGTERM" else END_SECONDS_MAX)]
    check(not late, f"still there after: {late}")
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())


def fill(rig, store):
    server = rig.serve(store)
    lines = [
        request(at, "users.create", {"email": f"u{at}@example.org", "name": f"U {at}",
                                     "org_id": "acme"}) for at in range(PEOPLE)]
    server.write("\n".join(lines) + "\n")
    for at in range(PEOPLE):
        check("result" in (server.wait(at) or {}), "a create was refused")
    check(server.close() == 0, server.complaint())


def wait_until_stalled(server):
    """Waits until the server's memory stops growing."""
    last, since = 0, time.monotonic()
    end = since + 60
    while time.monotonic() < min(since + 1.5, end):
        now = server.memory_kib("VmRSS")
        if now > last + 256:
            last, since = now, time.monotonic()
        time.sleep(0.05)

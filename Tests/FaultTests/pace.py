"""Many processes that write as fast as they can: each gets its share, and no wait is long."""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import threading
import time

from rig import ORGANIZATION, OWNER, accounts, check, expect_failure, request, test, wait_for

PROCESSES = 16
SECONDS = 5
WAIT_MS_MAX = 250
POLITE = 4
POLITE_WAIT_MS_MAX = 100


@test
def sixteen_processes_that_write_for_five_seconds_all_get_their_share(rig):
    store = rig.store()
    writers = [start(rig, store) for _ in range(PROCESSES)]
    told = open(rig.path("told"), "wb")
    reader = start(rig, store, told)
    reader.stdin.write(request(0, "users.subscribe", {}).encode() + b"\n")
    wait_for(lambda: os.path.getsize(told.name) > 0, 10, "the subscription")
    waits = write_for(writers, SECONDS)
    made = {
        f"own-{number}-{at}@example.org"
        for number, own in enumerate(waits) for at in range(len(own))}
    wait_for(lambda: len(lines(told.name)) > len(made), 5, "the notification of all creates")
    events = [json.loads(line)["params"] for line in lines(told.name)[1:]]
    check(
        [event["seq"] for event in events] == list(range(2, len(made) + 2)),
        "an event is missing, duplicated or out of order")
    check({event["email"] for event in events} == made, "the events are not those of the creates")
    told.close()
    for process in [*writers, reader]:
        process.stdin.close()
        check(process.wait(10) == 0, "a server failed")
    check(accounts(store, rig.folder).keys() == {*made, OWNER}, "some creates have no effect")
    return judged(waits)


@test
def a_process_that_writes_without_end_does_not_starve_the_others(rig):
    """The flooding process has its next transaction ready when it releases the lock, while the
    others still sleep."""
    store = rig.store()
    writers = [start(rig, store) for _ in range(POLITE)]
    with open(rig.path("replies"), "wb") as replies:
        greedy = start(rig, store, replies)
    done = threading.Event()

    def flood():
        at = 0
        with contextlib.suppress(BrokenPipeError):
            while not done.is_set():
                block = b""
                for at in range(at, at + 200):
                    user = {
                        "email": f"greedy-{at}@example.org", "name": "A B", "org_id": ORGANIZATION}
                    block += request(at, "users.create", user).encode() + b"\n"
                at += 1
                while block:
                    block = block[os.write(greedy.stdin.fileno(), block):]
        greedy.stdin.close()

    flooding = threading.Thread(target=flood, daemon=True)
    flooding.start()
    waits = write_for(writers, 3)
    done.set()
    flooding.join(10)
    check(greedy.wait(10) == 0, "the greedy server failed")
    made = sum(b'"result"' in line for line in lines(replies.name))
    check(made > 3000, f"the greedy server made only {made}")
    every = sorted(wait for own in waits for wait in own)
    note = f"it made {made}, the others " + judged(waits)
    check(every[len(every) * 99 // 100] < POLITE_WAIT_MS_MAX, "the others waited: " + note)
    return note


@test
def a_process_that_is_stopped_as_the_first_in_the_queue_does_not_stop_the_others(rig):
    store = rig.store()
    stopped, other = rig.serve(store), rig.serve(store)
    check("result" in other.create("first@example.org"), "a create was refused")
    with open(store + "-lock", "rb+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        id = stopped.send("users.create", email="stopped@example.org", name="A B",
                          org_id=ORGANIZATION)
        time.sleep(0.2)
        stopped.process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
    waits = []
    for at in range(5):
        began = time.monotonic()
        check("result" in other.create(f"u{at}@example.org"), "a create was refused")
        waits.append((time.monotonic() - began) * 1000)
    stopped.process.send_signal(signal.SIGCONT)
    reply = stopped.wait(id)
    check(reply and "result" in reply, f"the stopped server's write got {reply}")
    check(max(waits) < WAIT_MS_MAX, f"a write waited for {max(waits):.0f} ms")
    check(stopped.close() == 0 and other.close() == 0, "a server failed")
    return f"longest wait {max(waits):.0f} ms"


def lines(path):
    with open(path, "rb") as file:
        return file.read().splitlines()


def start(rig, store, out=subprocess.PIPE):
    """Starts a server without the rig's threads, which would be slower than what this measures."""
    process = subprocess.Popen(
        [rig.roster, "serve", "--store", "file:" + store, "--as", OWNER],
        stdin=subprocess.PIPE, stdout=out, bufsize=0)
    rig.servers.append(process)
    return process


def write_for(processes, seconds):
    """Sends creates one after the other to each process. Returns the waits of each in ms."""
    waits = [[] for _ in processes]
    began = [0.0] * len(processes)
    poll = select.epoll()
    numbers = {}

    def send(number):
        at = len(waits[number])
        user = {"email": f"own-{number}-{at}@example.org", "name": "A B", "org_id": ORGANIZATION}
        began[number] = time.monotonic()
        os.write(
            processes[number].stdin.fileno(), request(at, "users.create", user).encode() + b"\n")

    # The first reply of each process includes its start, so it is not measured.
    for number, process in enumerate(processes):
        os.write(process.stdin.fileno(), request(0, "users.count", {}).encode() + b"\n")
    for process in processes:
        check(b'"result"' in os.read(process.stdout.fileno(), 1 << 16), "no first reply")
    for number, process in enumerate(processes):
        numbers[process.stdout.fileno()] = number
        poll.register(process.stdout.fileno(), select.EPOLLIN)
        send(number)
    busy = len(processes)
    end = time.monotonic() + seconds
    while busy > 0:
        for file, _ in poll.poll(10) or check(False, f"{busy} got no reply within 10 s"):
            reply = os.read(file, 1 << 16)
            check(b'"result"' in reply and reply.endswith(b"\n"), f"a write was refused: {reply}")
            number, now = numbers[file], time.monotonic()
            waits[number].append((now - began[number]) * 1000)
            if now < end:
                send(number)
            else:
                busy -= 1
    poll.close()
    return waits


def judged(waits):
    every = sorted(wait for own in waits for wait in own)
    share = len(every) / len(waits)
    note = (
        f"{len(every)} writes, shares from {min(map(len, waits)) / share:.2f}"
        f" to {max(map(len, waits)) / share:.2f} of the fair one; waits of"
        f" {every[len(every) // 2]:.1f} ms at the median, {every[len(every) * 99 // 100]:.0f} ms at"
        f" 99 %, {every[-1]:.0f} ms at most")
    check(min(map(len, waits)) >= share / 2, "a process got too few writes: " + note)
    check(every[-1] < WAIT_MS_MAX, "a write waited too long: " + note)
    return note


@test
def shares_and_waits_that_are_unfair_are_noticed(rig):
    """A control: an unfair share and a long wait must be noticed."""
    judged([[1.0] * 100] * 16)
    expect_failure(lambda: judged([[1.0] * 100] * 15 + [[1.0] * 40]), "an unfair share passes")
    expect_failure(lambda: judged([[1.0] * 100] * 15 + [[1.0] * 99 + [300]]), "a long wait passes")

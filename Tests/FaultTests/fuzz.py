"""Lines that were meant to be requests."""

import json
import os
import random

from rig import OWNER, Failed, check, expect_failure, request

LINES = 100_000
CHUNK = 500
NESTING = 100_000
MEMORY_KIB_MAX = 64 << 10
LINE_BYTES_MAX = 4 << 20

SEEDS = [
    {"method": "users.list", "params": {"limit": 2, "query": "ada", "status": ["active"]}},
    {"method": "users.list", "params": {"sort_by": "name", "cursor": "AAAA", "org_id": "acme"}},
    {"method": "users.get", "params": {"user_id": "u1@example.org"}},
    {"method": "users.get", "params": ["u2@example.org", ["id", "email"]]},
    {"method": "users.count", "params": {"created_after": "2026-01-02T03:04:05.678Z"}},
    {"method": "users.get_current"},
    {"method": "users.create", "params": {
        "email": "new@example.org", "name": "Zoë \u0041", "org_id": "acme", "roles": ["member"],
        "metadata": {"a": {"b": [1, 2.5e3, None, True]}}, "if_exists": "update"}},
    {"method": "users.update", "params": {
        "user_id": "u3@example.org", "job_title": "x", "company": None, "expected_version": 1}},
    {"method": "users.update", "params": {"user_id": "u4@example.org", "metadata": {"k": None}}},
    {"method": "users.delete", "params": {"user_id": "u5@example.org", "dry_run": True}},
    {"method": "server.info", "params": None},
    {"method": "rpc.unknown", "params": []},
]
PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-", b"1e999", b"NaN",
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xef\xbb\xbf", b"\r", b"\t",
    b" ", b"9" * 40, b"0" * 9, b'"id":', b'"params":', b'"jsonrpc":"2.0",', b"[" * 200,
    b'{"a":' * 130, b"/*", b"'", b"user_id", b"\xf0\x9f\x98\x80", b"A" * 300,
]


def a_hundred_thousand_broken_lines_get_one_answer_each_at_most(rig):
    store = rig.store()
    server = start(rig, store)
    dice = random.Random(12)
    seeds = [seed_line(at, seed) for at, seed in enumerate(SEEDS)]
    answers = feed(server, (broken(dice, seeds) for _ in range(LINES)))
    peak = server.memory_kib()
    check(peak < MEMORY_KIB_MAX, f"{peak} KiB of memory")
    check(server.close() == 0, server.complaint())
    return f"{answers} answers, {peak >> 10} MiB at most"


def a_line_that_gets_two_answers_is_noticed(rig):
    """The control: one line that is two."""
    server = start(rig, rig.store())
    double = (request(1, "server.info", {}) + "\n" + request(2, "server.info", {})).encode()
    return expect_failure(lambda: feed(server, [double] * CHUNK), "two answers a line pass")


def lines_of_deep_nesting_and_of_many_megabytes_get_one_error_each(rig):
    server = start(rig, rig.store())
    deep = [
        b"[" * NESTING, b"]" * NESTING, b'{"a":' * NESTING, b"[" * NESTING + b"]" * NESTING,
        b'{"jsonrpc":"2.0","id":1,"method":"users.get","params":{"user_id":'
        + b"[" * NESTING + b"]" * NESTING + b"}}",
        b'{"jsonrpc":"2.0","id":1,"method":"users.get","params":' + b'{"a":' * NESTING + b"1"
        + b"}" * NESTING + b"}",
        b'{"id":' + b"[" * NESTING,
    ]
    long = [b" " * 5 + b"x" * (LINE_BYTES_MAX + 1), b'"' + b"\\" * (20 << 20), b"[" * (100 << 20)]
    for lines, codes in ((deep, {-32700, -32600, -32602}), (long, {413})):
        for line in lines:
            before = len(server.got)
            answers = feed(server, [line])
            check(answers == 1, f"{answers} answers to {line[:60]!r}…")
            error = server.got[before].get("error", {})
            check(error.get("code") in codes, f"{line[:60]!r}… got {server.got[before]}")
    peak = server.memory_kib()
    check(peak < MEMORY_KIB_MAX, f"{peak} KiB of memory")
    check(server.close() == 0, server.complaint())
    return f"{peak >> 10} MiB at most"


def start(rig, store):
    server = rig.serve(store)
    for at in range(10):
        check("result" in server.create(f"u{at}@example.org"), "a create was refused")
    server.got = []
    server.on_reply = server.got.append
    return server


def seed_line(at, seed):
    return json.dumps({"jsonrpc": "2.0", "id": at, **seed}, ensure_ascii=False).encode()


VALUES = [
    None, True, 0, -1, 1.5, 10**30, 2**31, 2**63, "", " ", "a\0bc", "\u202e\ufeff", "é" * 300,
    "'\"%_*", "x" * 70000, [], [None], [[]], {}, {"": None}, {"a": {"a": {"a": 1}}}, OWNER,
    "u1@example.org", "owner", "0", "9999-99-99T99:99:99Z", ["owner", "member"], "a\u0301",
    "01a1fbe2-9fcd-750e-8a75-a6a63d5418f4", "AND OR NOT", "\"*\"", "ﬁ", "\U0001F600",
    list(range(2000)),
]
NAMES = [
    "user_id", "email", "org_id", "organization_id", "query", "limit", "offset", "cursor",
    "sort_by", "sort_order", "status", "role", "user_ids", "is_active", "created_after", "fields",
    "metadata", "name", "username", "roles", "oauth_provider", "oauth_id", "dry_run",
    "expected_version", "nope",
]


def odd(dice):
    """A line that is JSON, with a value where none like it belongs."""
    message = {"jsonrpc": "2.0", "id": dice.choice(VALUES[:8]), **dice.choice(SEEDS)}
    params = message.get("params")
    if dice.random() < 0.1:
        message[dice.choice(["jsonrpc", "id", "method", "params"])] = dice.choice(VALUES)
    elif isinstance(params, dict):
        message["params"] = params = dict(params)
        for _ in range(dice.choice((1, 1, 2, 4))):
            names = NAMES if dice.random() < 0.5 else list(params)
            params[dice.choice(names)] = dice.choice(VALUES)
    else:
        message["params"] = [dice.choice(VALUES) for _ in range(dice.randrange(6))]
    if dice.random() < 0.05:
        message = [message] * dice.randrange(4)
    return json.dumps(message, ensure_ascii=dice.random() < 0.5).encode("utf-8")


def broken(dice, seeds):
    if dice.random() < 0.5:
        return odd(dice)
    line = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        at = dice.randrange(len(line) + 1)
        end = min(len(line), at + dice.choice((0, 1, 1, 4, 20)))
        manner = dice.random()
        if manner < 0.3:
            line[at:end] = dice.choice(PIECES)
        elif manner < 0.5:
            del line[at:end]
        elif manner < 0.7 and at < len(line):
            line[at] ^= 1 << dice.randrange(8)
        elif manner < 0.8:
            line[at:at] = line[at:end]
        elif manner < 0.9:
            other = dice.choice(seeds)
            line[at:] = other[dice.randrange(len(other)):]
        else:
            line[at:end] = dice.randbytes(end - at)
    return bytes(line.replace(b"\n", b" "))


def feed(server, lines):
    """Sends lines in chunks, each followed by a sound request; gives the number of answers."""
    total = 0
    lines = iter(lines)
    while True:
        chunk = [line for _, line in zip(range(CHUNK), lines)]
        if not chunk:
            return total
        before = len(server.got)
        mark = f"mark {total} {len(server.got)}"
        writing = b"\n".join(chunk) + b"\n" + request(mark, "users.count", {}).encode() + b"\n"
        fd = server.process.stdin.fileno()
        try:
            while writing:
                writing = writing[os.write(fd, writing[:1 << 20]):]
        except OSError:
            raise Failed(f"the server is gone; {server.complaint()}")
        reply = server.wait(mark)
        check(reply, f"no answer after {chunk[0][:80]!r}…; {server.complaint()}")
        check(isinstance(reply.get("result"), int), f"the sound request got {reply}")
        answers = server.got[before:-1]
        check(server.got[-1] is reply, "the sound request was overtaken")
        check(len(answers) <= len(chunk), f"{len(answers)} answers to {len(chunk)} lines")
        for answer in answers:
            check_answer(answer)
        total += len(answers)


def check_answer(answer):
    if isinstance(answer, list):
        check(answer, "an empty batch of answers")
        for entry in answer:
            check_answer(entry)
        return
    check(answer.get("jsonrpc") == "2.0" and "id" in answer, f"not a response: {answer}")
    check(("result" in answer) != ("error" in answer), f"neither or both: {answer}")
    code = answer.get("error", {}).get("code")
    check(code not in (-32603, 503, 507, 520), f"a fault inside: {answer}")


TESTS = (
    a_hundred_thousand_broken_lines_get_one_answer_each_at_most,
    a_line_that_gets_two_answers_is_noticed,
    lines_of_deep_nesting_and_of_many_megabytes_get_one_error_each,
)

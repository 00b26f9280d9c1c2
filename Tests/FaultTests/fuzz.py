"""Malformed request lines, message bodies and Content-Length headers."""

import json
import os
import random
import re

from rig import OWNER, Failed, HeaderServer, Server, check, expect_failure, request, test

LINES = 100_000
STREAMS = 1500
HEADER_BYTES_MAX = 8192
CHUNK = 500
NESTING = 100_000
MEMORY_KIB_MAX = 64 << 10
LINE_BYTES_MAX = 4 << 20

MODERN = {"_meta": {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {}}}
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
    {"method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}}},
    {"method": "initialize", "params": {"processId": 1, "rootUri": None, "capabilities": {}}},
    {"method": "server/discover", "params": MODERN},
    {"method": "ping", "params": {"_meta": {"progressToken": 1}}},
    {"method": "tools/list", "params": {**MODERN, "cursor": ""}},
    {"method": "tools/call", "params": {**MODERN, "name": "users_list", "arguments": {"limit": 2}}},
    {"method": "tools/call", "params": {"name": "users_create", "arguments": {
        "email": "tool@example.org", "name": "Zoë \"Z\"", "org_id": "acme", "if_exists": "update",
        "idempotency_key": "k"}, "_meta": {"progressToken": "x"}}},
    {"method": "tools/call", "params": {**MODERN, "name": "users_bulk", "arguments": {
        "operations": [
            {"method": "users.update", "params": {"user_id": "u6@example.org", "company": "x"}},
            {"method": "users.delete", "params": ["u7@example.org", "soft"]}],
        "atomic": True}}},
]
PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-", b"1e999", b"NaN",
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xef\xbb\xbf", b"\r", b"\t",
    b" ", b"9" * 40, b"0" * 9, b'"id":', b'"params":', b'"jsonrpc":"2.0",', b"[" * 200,
    b'{"a":' * 130, b"/*", b"'", b"user_id", b"\xf0\x9f\x98\x80", b"A" * 300,
]


@test
def a_hundred_thousand_broken_lines_get_one_answer_each_at_most(rig):
    dice = random.Random(12)
    seeds = [seed_line(at, seed) for at, seed in enumerate(SEEDS)]
    lines = (broken(dice, seeds).replace(b"\n", b" ") for _ in range(LINES))
    return feed_all(start(rig, rig.store()), lines)


@test
def a_hundred_thousand_broken_bodies_get_one_answer_each_at_most(rig):
    dice = random.Random(13)
    seeds = [seed_line(at, seed) for at, seed in enumerate(SEEDS)]
    bodies = (broken(dice, seeds) for _ in range(LINES))
    return feed_all(start(rig, rig.store(), HeaderServer), bodies)


def feed_all(server, lines):
    answers = feed(server, lines)
    peak = server.memory_kib()
    check(peak < MEMORY_KIB_MAX, f"{peak} KiB of memory")
    check(server.close() == 0, server.complaint())
    return f"{answers} replies, {peak >> 10} MiB at most"


@test
def a_line_that_gets_two_answers_is_noticed(rig):
    """A control: one line that holds two requests must be noticed."""
    server = start(rig, rig.store())
    double = (request(1, "server.info", {}) + "\n" + request(2, "server.info", {})).encode()
    return expect_failure(lambda: feed(server, [double] * CHUNK), "two replies to one line pass")


@test
def broken_headers_are_read_as_python_reads_them_or_end_the_server(rig):
    server = start(rig, rig.store())
    check(server.close() == 0, server.complaint())
    dice = random.Random(14)
    ends = {"served": 0, "cut": 0, "refused": 0}
    for _ in range(STREAMS):
        ends[play(rig, broken_stream(dice), messages)] += 1
    check(min(ends.values()) > STREAMS // 20, f"the streams are one-sided: {ends}")
    return ", ".join(f"{count} {end}" for end, count in ends.items())


@test
def a_header_that_is_read_otherwise_is_noticed(rig):
    """A control: a parser that accepts the last of two lengths must differ from the server."""
    sound = request(1, "server.info", {}).encode()
    stream = b"Content-Length: 5\r\n" + HeaderServer.frame(sound)
    return expect_failure(
        lambda: play(rig, stream, lambda data: messages(data, takes_last=True)),
        "a header with two lengths passes")


@test
def lines_of_deep_nesting_and_of_many_megabytes_get_one_error_each(rig):
    return deep_and_long(rig, Server)


@test
def bodies_of_deep_nesting_and_of_many_megabytes_get_one_error_each(rig):
    return deep_and_long(rig, HeaderServer)


def deep_and_long(rig, kind):
    server = start(rig, rig.store(), kind)
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
            check(answers == 1, f"{answers} replies to {line[:60]!r}…")
            error = server.got[before].get("error", {})
            check(error.get("code") in codes, f"{line[:60]!r}… got {server.got[before]}")
    peak = server.memory_kib()
    check(peak < MEMORY_KIB_MAX, f"{peak} KiB of memory")
    check(server.close() == 0, server.complaint())
    return f"{peak >> 10} MiB at most"


def start(rig, store, kind=Server):
    server = rig.serve(store, kind=kind)
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
    "expected_version", "nope", "_meta", "arguments", "operations", "atomic", "invite_mode",
]


def odd(dice):
    """A line of valid JSON with a value of a wrong type somewhere."""
    message = {"jsonrpc": "2.0", "id": dice.choice(VALUES[:8]), **dice.choice(SEEDS)}
    params = message.get("params")
    if dice.random() < 0.1:
        message[dice.choice(["jsonrpc", "id", "method", "params"])] = dice.choice(VALUES)
    elif isinstance(params, dict):
        message["params"] = params = {
            name: dict(value) if isinstance(value, dict) else value
            for name, value in params.items()}
        # The arguments of tools and the metadata of requests are one level further down.
        place = dice.choice([params, *(v for v in params.values() if isinstance(v, dict))])
        for _ in range(dice.choice((1, 1, 2, 4))):
            names = list(place) if place and dice.random() < 0.5 else NAMES
            place[dice.choice(names)] = dice.choice(VALUES)
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
    return bytes(line)


def feed(server, lines):
    """Sends lines in chunks, each followed by a valid request. Returns the number of replies."""
    total = 0
    lines = iter(lines)
    while True:
        chunk = [line for _, line in zip(range(CHUNK), lines)]
        if not chunk:
            return total
        before = len(server.got)
        mark = f"mark {total} {len(server.got)}"
        chunk.append(request(mark, "users.count", {}).encode())
        writing = b"".join(map(server.frame, chunk))
        fd = server.process.stdin.fileno()
        try:
            while writing:
                writing = writing[os.write(fd, writing[:1 << 20]):]
        except OSError:
            raise Failed(f"the server has ended; {server.complaint()}")
        reply = server.wait(mark)
        check(reply, f"no reply after {chunk[0][:80]!r}…; {server.complaint()}")
        check(isinstance(reply.get("result"), int), f"the valid request got {reply}")
        answers = server.got[before:-1]
        check(server.got[-1] is reply, "the valid request was answered too early")
        check(len(answers) < len(chunk), f"{len(answers)} replies to {len(chunk) - 1} lines")
        for answer in answers:
            check_answer(answer)
        total += len(answers)


def check_answer(answer):
    if isinstance(answer, list):
        check(answer, "an empty batch of replies")
        for entry in answer:
            check_answer(entry)
        return
    check(answer.get("jsonrpc") == "2.0" and "id" in answer, f"not a reply: {answer}")
    check(
        ("result" in answer) != ("error" in answer), f"neither result nor error, or both: {answer}")
    code = answer.get("error", {}).get("code")
    check(code not in (-32603, 503, 507, 520), f"an internal error: {answer}")
    result = answer.get("result")
    if isinstance(result, dict) and "content" in result:
        check_tool(result)


def check_tool(result):
    text = result["content"][0]["text"]
    if "isError" in result:
        check("structuredContent" not in result, f"an error with structured content: {result}")
        fault = re.search(r"internal_error|storage_|outcome_unknown", text)
        check(not fault, f"an internal error: {text}")
    else:
        check(
            json.loads(text) == result["structuredContent"],
            f"text and structuredContent differ: {result}")


HEADER_PIECES = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"-", b"+", b"0", b"1", b"9" * 19, b"9" * 20, b"x", b"{",
    b"\0", b"\xff", b"Content-Length: 2\r\n", b"content-length:9\n", b"Content-Type: x\r\n", b"X: y\r\n",
    b"CONTENT-LENGTH", b"Content-Length", b"\r\n\r\n", b"X: " + b"x" * 8100 + b"\r\n",
    b"C" * HEADER_BYTES_MAX,
]


def broken_stream(dice):
    """Some valid requests, with errors in their headers or just before their bodies' ends."""
    stream = bytearray()
    ends = []
    for id in range(dice.randrange(1, 6)):
        body = request(id, "server.info", {}).encode()
        stream += HeaderServer.frame(body)
        ends.append(len(stream) - len(body))
    for _ in range(dice.choice((0, 1, 1, 1, 2))):
        # The first byte stays, because it decides whether messages have headers.
        at = max(1, dice.choice(ends) - dice.randrange(0, 24))
        manner = dice.random()
        if manner < 0.5:
            stream[at:at] = dice.choice(HEADER_PIECES)
        elif manner < 0.7:
            del stream[at:at + dice.choice((1, 1, 2, 5))]
        elif manner < 0.85 and at < len(stream):
            stream[at] = dice.randrange(256)
        else:
            del stream[dice.randrange(1, len(stream)):]
            break
    return bytes(stream)


FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)")


def messages(data, takes_last=False):
    """A second implementation of the server's parser. Returns the bodies of a stream (None for one
    that is too long), and how the stream ends."""
    found = []
    while True:
        data = data.lstrip(b" \t\r\n")
        if not data:
            return found, "served"
        length, at = None, 0
        head = data[:HEADER_BYTES_MAX]
        while True:
            end = head.find(b"\n", at)
            if end < 0:
                rest = head[at:].removesuffix(b"\r")
                is_name = re.fullmatch(FIELD.pattern.split(b":")[0], rest + b"x")
                if not is_name and not FIELD.fullmatch(rest) or len(data) >= HEADER_BYTES_MAX:
                    return found, "refused"
                return found, "cut"
            line = head[at:end].removesuffix(b"\r")
            at = end + 1
            if not line:
                break
            field = FIELD.fullmatch(line)
            if not field:
                return found, "refused"
            if field[1].lower() == b"content-length":
                value = field[2].strip(b" \t")
                if not re.fullmatch(rb"[0-9]+", value) or int(value) >= 1 << 63:
                    return found, "refused"
                if length is not None and not takes_last:
                    return found, "refused"
                length = int(value)
        if length is None:
            return found, "refused"
        data = data[at:]
        if length > LINE_BYTES_MAX:
            found.append(None)
        elif length > len(data):
            return found, "cut"
        else:
            found.append(data[:length])
        data = data[length:]


def play(rig, stream, reader):
    """Checks that the server finds the same messages in a stream as the reader. Returns how the
    stream ends."""
    server = HeaderServer(
        [rig.roster, "serve", "--store", "memory", "--as", OWNER], {})
    rig.servers.append(server)
    answers = []
    server.on_reply = answers.append
    server.write(stream)
    status = server.close()
    bodies, end = reader(stream)
    note = f"{stream[:300]!r}…: {end}, {answers}; {server.complaint()}"
    check(status == (1 if end == "refused" else 0), f"status {status} after {note}")
    if end != "served":
        check(answers, f"no error reply at the end of {note}")
        check(
            answers.pop()["error"]["data"].get("reason") == "header",
            f"another error at the end of {note}")
    check(len(answers) <= len(bodies), f"more replies than {len(bodies)} messages: {note}")
    sound = [id for id in range(6) if request(id, "server.info", {}).encode() in bodies]
    results = [answer["id"] for answer in answers if "result" in answer]
    check([id for id in results if id in sound] == sound, f"not the results {sound} in {note}")
    too_long = [answer for answer in answers if answer.get("error", {}).get("code") == 413]
    check(
        len(too_long) == bodies.count(None),
        f"not {bodies.count(None)} errors for long messages in {note}")
    return end

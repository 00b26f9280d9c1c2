"""What a person sees at a terminal: widths, colors, questions, and the line that serve begins with."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

from rig import OWNER, TEST_SECONDS_MAX, check, test

# None is the Python of run.py.
ENVIRONMENTS = (None,)
BOLD = "\x1b[1m"


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, words, columns, env=None):
        self.master, slave = pty.openpty()
        size = struct.pack("HHHH", 50, columns, 0, 0)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ROSTER", "NO_COLOR"))}
        self.process = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
            env={**inherited, "TERM": "xterm", **(env or {})})
        os.close(slave)
        self.received = b""

    @property
    def text(self):
        # A read may end within a character.
        return self.received.decode(errors="ignore").replace("\r\n", "\n")

    def read(self, until=None):
        """Reads to the end, or until the text contains a part."""
        end = time.monotonic() + TEST_SECONDS_MAX
        while until is None or until not in self.text:
            left = end - time.monotonic()
            check(left > 0, f"it printed only {self.text!r}")
            if not select.select([self.master], [], [], left)[0]:
                continue
            try:
                part = os.read(self.master, 65536)
            except OSError:  # The program has closed the terminal.
                part = b""
            if not part:
                break
            self.received += part
        return self.text

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.read()
        os.close(self.master)
        return self.process.wait(TEST_SECONDS_MAX)


def shown(rig, store, words, columns, env=None):
    terminal = Terminal([rig.roster, *words, "--store", store, "--as", OWNER], columns, env)
    status = terminal.end()
    check(status == 0, f"{words} ended with {status}: {terminal.text}")
    return terminal.text


def width(line):
    """Columns that a line takes: wide characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(mark) or unicodedata.category(mark) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(mark) in "WF" else 1
        for mark in line)


def plain(text):
    return re.sub(r"\x1b\[\d*m", "", text)


@test
def tables_fit_the_width_of_the_terminal(rig):
    store = rig.store(sample=True)
    commands = (
        ["call", "users.list", "limit=100", "sort_by=name"], ["call", "users.events", "limit=100"],
        ["call", "users.list", "query=ö", "limit=100"],
        ["call", "users.list", "limit=100", "fields=name,email,metadata,company,job_title"])
    for words in commands:
        for columns in (40, 80, 120, 200):
            lines = plain(shown(rig, store, words, columns)).splitlines()
            check(len(lines) > 5, f"{words} printed {lines}")
            for line in lines:
                # The last lines say where to go on.
                if not line.startswith("more: "):
                    check(width(line) <= columns, f"{width(line)} of {columns} columns: {line!r}")
    narrow = shown(rig, store, commands[0], 80)
    wide = shown(rig, store, commands[0], 200)
    check("…" in narrow and " id" not in narrow.splitlines()[0], narrow.splitlines()[0])
    check(plain(wide.splitlines()[0]).endswith("id"), wide.splitlines()[0])


@test
def columns_line_up_in_every_script(rig):
    store = rig.store(sample=True)
    for query in ("株式会社", "प्रिया", "نور", "Żaneta"):
        lines = plain(shown(
            rig, store, ["call", "users.list", f"query={query}", "fields=name,company,status"], 200))
        header, *rows = lines.splitlines()
        at = header.index("status")
        for row in rows[:-1]:
            cut = next((n for n in range(len(row)) if width(row[:n]) == at), None)
            status = row[cut:].lstrip("\u0300\u200d") if cut is not None else ""
            check(status.startswith(("active", "invited", "disabled")), f"{header!r} {row!r}")


@test
def the_header_is_bold_unless_no_color_is_set(rig):
    store = rig.store()
    words = ["call", "users.list"]
    check(BOLD in shown(rig, store, words, 80), "the header is not bold")
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        check("\x1b" not in shown(rig, store, words, 80, env), f"{env} does not turn it off")
    check(BOLD in shown(rig, store, words, 80, {"NO_COLOR": ""}), "an empty NO_COLOR counts")


@test
def control_characters_of_a_record_never_reach_the_terminal(rig):
    store = rig.store()
    rig.run(
        "call", "--store", store, "--as", OWNER, "users.update", OWNER,
        'metadata={"a":"\\u001b[31mred\\u0007"}')
    for words in (["users.get", OWNER], ["users.list", "fields=metadata"], ["users.events"]):
        text = plain(shown(rig, store, ["call", *words], 200, {"NO_COLOR": "1"}))
        check("\x1b" not in text and "\x07" not in text, repr(text))


@test
def a_permanent_deletion_asks_first(rig):
    store = rig.store()
    call = [rig.roster, "call", "--store", store, "--as", OWNER]

    def add(name):
        rig.run(*call[1:], "users.create", f"name={name}", f"email={name}@example.org", "org_id=a")

    def count():
        return int(rig.run(*call[1:], "users.count"))

    add("ann")
    bulk = 'operations=[{"method":"users.delete","params":{"user_id":"ann@example.org"}}]'
    for words in (["users.delete", "ann@example.org"], ["users.bulk", bulk]):
        terminal = Terminal([*call, *words], 80)
        terminal.read("[y/N] ")
        terminal.type("n\n")
        check(terminal.end() == 1 and "nothing was deleted" in terminal.text, terminal.text)
        check(count() == 2, "no did not mean no")
    terminal = Terminal([*call, "users.delete", "ann@example.org"], 80)
    terminal.read("[y/N] ")
    terminal.type("y\n")
    check(terminal.end() == 0 and count() == 1, terminal.text)
    for words in (["mode=soft"], ["--yes"], ["dry_run=true"]):
        add("bob" + words[0].strip("-")[:3])
        name = f"bob{words[0].strip('-')[:3]}@example.org"
        terminal = Terminal([*call, "users.delete", name, *words], 80)
        check(terminal.end() == 0 and "[y/N]" not in terminal.text, terminal.text)
    # The question is asked at the terminal, wherever input and errors go.
    add("eve")
    before = count()
    request = '{"user_id":"eve@example.org"}'
    line = f"echo '{request}' | {rig.roster} {' '.join(call[1:])} users.delete - 2>/dev/null"
    terminal = Terminal(["sh", "-c", line], 80)
    terminal.read("[y/N] ")
    terminal.type("n\n")
    check(terminal.end() == 1 and count() == before, terminal.text)
    rig.run(*call[1:], "users.delete", "eve@example.org")
    # A script is not asked.
    add("cat")
    rig.run(*call[1:], "users.delete", "cat@example.org")


@test
def a_secret_is_never_cut(rig):
    store = rig.store()
    bulk = (
        'operations=[{"method":"users.create_token","params":{"name":"ci"}},'
        '{"method":"users.create","params":{"name":"C","email":"c@example.org","org_id":"a",'
        '"invite_mode":"email_link"}}]')
    create = ["users.create", "name=B", "email=b@example.org", "org_id=a", "invite_mode=email_link"]
    for words, count in ((create, 1), (["users.create_token", "name=x"], 1), ([bulk], 2)):
        words = ["users.bulk", *words] if words == [bulk] else words
        text = shown(rig, store, ["call", *words], 40)
        secrets = re.findall(r"roster_[0-9A-Za-z]{36}\b", text)
        check(len(secrets) == count and "…" not in "".join(secrets), text)


@test
def serve_at_a_terminal_says_what_it_waits_for(rig):
    terminal = Terminal([rig.roster, "serve", "--store", rig.store(), "--as", OWNER], 80)
    terminal.read("server.info")
    check("roster: waiting for JSON-RPC requests" in terminal.text, terminal.text)
    terminal.type('{"jsonrpc":"2.0","id":1,"method":"users.count"}\n')
    terminal.read('"result":1')
    terminal.type("\x04")
    check(terminal.end() == 0, terminal.text)


@test
def watch_at_a_terminal_is_a_table_that_grows(rig):
    store = rig.store()
    terminal = Terminal([rig.roster, "watch", "--store", store, "--as", OWNER, "--since", "0"], 100)
    terminal.read("user_created")
    for name in ("first", "second"):
        rig.run("call", "--store", store, "--as", OWNER, "users.update", OWNER, f"company={name}")
    # The sequence numbers of the two changes, which follow that of the owner's creation.
    for number in ("\n2 ", "\n3 "):
        terminal.read(number)
    terminal.process.terminate()
    check(terminal.end() == 0, terminal.text)
    check(terminal.text.count("seq ") == 1, terminal.text)


@test
def a_result_that_is_no_list_is_json_or_names_and_values(rig):
    store = rig.store()
    text = plain(shown(rig, store, ["call", "users.get", OWNER], 80))
    check(re.search(r"^email +" + re.escape(OWNER) + "$", text, re.M), text)
    json.loads(shown(rig, store, ["call", "users.get", OWNER, "-o", "json"], 80))
    json.loads(shown(rig, store, ["call", "rpc.discover"], 80))

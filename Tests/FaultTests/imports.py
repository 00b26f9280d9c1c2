"""Imports whose input is slow, malformed or endless block no other process, and report every row
that they do not import."""

import json
import os
import re

from rig import check, read_only, test
from strangers import Stranger, watch_all

SILENT_SECONDS = 2
LIVE_PEOPLE = 5000
BAD_ROWS = 5000
END_SECONDS_MAX = 10
ROW_BYTES = 64 << 20
CELL_BYTES = 100_000


@test
def nobody_waits_for_an_import_that_waits_for_its_input(rig):
    """The lock is taken for rows that have arrived, and released before waiting for the next
    ones."""
    notes = []
    for kind in ("nearly empty", "live"):
        store = rig.store(kind + ".db")
        if kind == "live":
            fill(rig, store)
        scripts = {
            "silence": [(SILENT_SECONDS, rows(1, "one")), (SILENT_SECONDS, None)],
            "rows, then silence": [(0, rows(200, "first")), (SILENT_SECONDS, rows(1, "last")),
                                   (SILENT_SECONDS, None)],
            "a row now and then": [(0.05, rows(1, f"drop{at}-")) for at in range(40)] + [(0, None)],
            "half a row": [(0.1, rows(1, "half")[:20]), (SILENT_SECONDS, rows(1, "half")[20:]),
                           (0, None)],
        }
        note, strangers = watch_all(rig, store, {
            manner: lambda script=script: importing(rig, store, script)
            for manner, script in scripts.items()})
        for manner, stranger in strangers.items():
            check(stranger.status == 0, f"{manner}: {stranger.status}, {told(stranger)}")
            answer = json.loads(stranger.output)
            check(answer["imported"] > 0 and not answer["failed"], f"{manner}: {answer}")
        notes.append(f"{kind} store: {note}")
    return "; ".join(notes)


@test
def nobody_waits_for_an_import_from_a_pipe_that_has_a_name(rig):
    store, fifo = rig.store(), rig.path("rows.jsonl")
    os.mkfifo(fifo)
    end = os.open(fifo, os.O_RDWR)
    try:
        os.write(end, rows(1, "one"))
        note, strangers = watch_all(rig, store, {
            "a pipe with a name": lambda: importing(rig, store, [], fifo)}, seconds=SILENT_SECONDS)
    finally:
        os.close(end)
    check(strangers["a pipe with a name"].status is None, "the import ended before its input")
    return note


@test
def nobody_waits_for_an_import_whose_complaints_nobody_reads(rig):
    """The import itself may block for as long as its standard error is full."""
    store = rig.store()
    fill(rig, store)
    reading, writing = os.pipe()
    # Only few messages are printed, so the pipe is full before the first one.
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x")
    except BlockingIOError:
        os.set_blocking(writing, True)
    bad = b"".join(
        rows(1, f"good{at}") + b'{"email":"bad","name":"' + b"B" * 50 + b'"}\n'
        for at in range(BAD_ROWS))
    with open(rig.path("bad.jsonl"), "wb") as file:
        file.write(bad)
    note, strangers = watch_all(rig, store, {
        "complaints": lambda: importing(
            rig, store, [(0, None)], file.name, errors=os.fdopen(writing, "wb", closefd=False))},
        seconds=4)
    os.close(reading)
    os.close(writing)
    check(strangers["complaints"].status is None, "it did not wait until its messages were read")
    return note


@test
def a_quote_that_is_never_closed_ends_an_import_soon_and_names_its_line(rig):
    notes = []
    for size in (638_000, 20_000_000):
        store, label = rig.store(f"{size}.db"), f"{size} bytes"
        good = 200
        with open(rig.path(f"{size}.csv"), "w") as file:
            file.write("email,name,org_id\n")
            file.writelines(f"csv{at}@example.org,C,acme\n" for at in range(good))
            file.write('open@example.org,"Not closed,acme\n')
            file.writelines(f"csv{at}@example.org,C,acme\n" for at in range(good, size // 28))
        note, strangers = watch_all(
            rig, store, {label: lambda: importing(rig, store, [(0, None)], file.name)},
            seconds=END_SECONDS_MAX)
        stranger = strangers[label]
        check(stranger.status is not None, f"{label}: not done within {END_SECONDS_MAX} s")
        check(stranger.status == 1, f"{label}: status {stranger.status}")
        check(re.search(rf"\b{good + 2}\b", told(stranger)), f"{label}: {told(stranger)[:300]}")
        made = people(store) - 1
        check(
            made in (0, good), f"{label}: {made} of {good} accounts before the quote were imported")
        notes.append(f"{note}, {made} kept, printed {told(stranger)[:150]!r}")
    return "; ".join(notes)


@test
def a_row_beyond_the_bound_is_an_error_that_says_so(rig):
    """A row of many lines, and a row of one line; closing the quote does not help."""
    notes = []
    for name, filling in {"of lines": b"x" * 99 + b"\n", "of one line": b"x" * 100}.items():
        store = rig.store(name + ".db")
        with open(rig.path(name + ".csv"), "wb") as file:
            file.write(b"email,name,org_id\nfirst@example.org,F,acme\nlong@example.org,\"")
            file.write(filling * (ROW_BYTES // 100) + b"\",acme\nlast@example.org,L,acme\n")
        note, strangers = watch_all(
            rig, store, {name: lambda: importing(rig, store, [(0, None)], file.name)},
            seconds=END_SECONDS_MAX)
        stranger = strangers[name]
        text = told(stranger)
        check(stranger.status == 1, f"a row {name}: status {stranger.status}")
        check(re.search(r"\b3\b.*\b(long|large|bytes)", text), f"a row {name}: {text[:300]!r}")
        notes.append(f"{note}, printed {text[:150]!r}")
    return "; ".join(notes)


@test
def a_cell_of_many_lines_is_taken_as_it_is(rig):
    """Metadata of 100,000 bytes, most of them line feeds between its fields."""
    store = rig.store()
    cell = '{"a":1,' + "\n" * CELL_BYTES + '"b":"x\ny"}'.replace("\n", "\\n")
    with open(rig.path("long.csv"), "w") as file:
        file.write("email,name,org_id,metadata\n")
        file.write('first@example.org,"Two\nlines",acme,\n')
        for at in range(20):
            quoted = cell.replace('"', '""')
            file.write(f'm{at}@example.org,M,acme,"{quoted}"\n')
        file.write("last@example.org,L,acme,\n")
    note, strangers = watch_all(
        rig, store, {"2 MB of line feeds": lambda: importing(rig, store, [(0, None)], file.name)})
    stranger = strangers["2 MB of line feeds"]
    check(stranger.status is not None, "not done in time")
    # A name can't contain line feeds: that row is refused, by the number of its first line.
    check(re.search(r":2: .*name", told(stranger)), f"printed {told(stranger)[:300]!r}")
    answer = json.loads(stranger.output)
    check(answer["failed"] == 1, f"the result is {answer}")
    check(people(store) == 22, f"{people(store)} accounts in the store")
    found = rig.serve(store).result("users.get", user_id="m19@example.org")["metadata"]
    check(found == {"a": 1, "b": "x\ny"}, f"the metadata is {found}")
    return note


@test
def nobody_waits_for_rows_that_are_long(rig):
    """Rows just below the limit: the importer checks the time by bytes read, not by rows."""
    store = rig.store()
    fill(rig, store)
    # Spaces and numbers in metadata; metadata that is too large is refused after it was read.
    spaces = '"{""a"":1,' + " " * 1_000_000 + '""b"":2}"'
    numbers = '{"a":[' + "1," * 1_900_000 + "1]}"
    with open(rig.path("long.csv"), "w") as file:
        file.write("email,name,org_id,metadata\n")
        file.writelines(f"s{at}@example.org,S,acme,{spaces}\n" for at in range(30))
    with open(rig.path("long.jsonl"), "w") as file:
        file.writelines(
            f'{{"email":"n{at}@example.org","name":"N","org_id":"acme","metadata":{numbers}}}\n'
            for at in range(10))
    return watch_all(rig, store, {
        name: lambda name=name: importing(rig, store, [(0, None)], rig.path(name))
        for name in ("long.csv", "long.jsonl")})[0]


def rows(count, name):
    return b"".join(
        b'{"email":"%s%d@example.org","name":"R","org_id":"acme"}\n' % (name.encode(), at)
        for at in range(count))


def fill(rig, store):
    done = rig.run("import", "-", "--store", "file:" + store,
                   input=rows(LIVE_PEOPLE, "live").decode())
    check(done.returncode == 0, f"an import failed: {done.stderr}")


def importing(rig, store, script, path="-", **more):
    return Stranger(rig, ["import", path, "--store", "file:" + store], script, **more)


def told(stranger):
    stranger.errors.seek(0)
    return stranger.errors.read().decode(errors="replace")


def people(store):
    base = read_only(store)
    count = base.execute("SELECT count(*) FROM users").fetchone()[0]
    base.close()
    return count

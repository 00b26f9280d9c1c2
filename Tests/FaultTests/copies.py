"""Whole directories and files on their way to a PostgreSQL server: what is cut off leaves nothing half,
and says how to go on."""

import json
import os
import signal
import subprocess
import time

from cluster import Cluster
from proxy import Proxy
from rig import ORGANIZATION, OWNER, Server, check, expect_failure, test, wait_for

# Twenty transactions of an import.
ROWS = 5000


def started(rig):
    cluster = Cluster(rig)
    cluster.make()
    return cluster


def rows_file(rig):
    path = rig.path("people.jsonl")
    with open(path, "w") as out:
        for at in range(ROWS):
            out.write(json.dumps(dict(
                email=f"p{at}@example.org", name=f"Person {at}", org_id=ORGANIZATION)) + "\n")
    return path


def count(cluster):
    return int(cluster.sql("SELECT count(*) FROM roster.users")[0][0])


def told_line(complaint):
    """The number of the line up to which the import says that rows are kept; 0 for none."""
    start = complaint.rindex("All rows up to ")
    place = complaint[start:].split(" are imported")[0].rsplit(":", 1)[-1]
    return int(place) if place.isdigit() else 0


def check_message(complaint, kept):
    """What the import says is what is there: the rows, and the owner."""
    check("Run it again to continue" in complaint, f"no way on: {complaint}")
    check(
        told_line(complaint) == kept - 1,
        f"{kept - 1} rows are there, and the import says: {complaint}")


@test
def an_import_whose_connection_is_lost_says_what_was_kept(rig):
    """The connection is cut at a commit, among the rows of a transaction, and where it begins by
    looking up their emails."""
    path, notes = rows_file(rig), []
    for loses, text, goes_on in (
            ("answer", b"COMMIT\0", True), ("text", b"COMMIT\0", False),
            ("text", b"Person 3500", False), ("text", b"p3500@", True)):
        cluster = Cluster(rig, f"server{len(notes)}")
        cluster.make()
        try:
            # One cut: the commit of the look for a lost one goes through.
            proxy = Proxy(cluster.port, text=text, loses=loses, cuts_max=1)
            done = rig.run("import", path, "--store", cluster.address(proxy.port))
            check(
                proxy.cuts > 0,
                f"{text!r} was seen {proxy.seen} times and never cut: {done.stdout} {done.stderr}")
            kept = count(cluster)
            if goes_on:
                # A commit whose answer is lost is looked up: it was kept. And where a transaction
                # begins, nothing is lost yet.
                check(done.returncode == 0 and kept == ROWS + 1, f"{kept} accounts, {done.stderr}")
            else:
                check(done.returncode == 1, f"exit status {done.returncode}: {done.stderr}")
                check_message(done.stderr, kept)
                expect_failure(
                    lambda: check_message(done.stderr, kept + 1), "the message is wrong")
                counts = json.loads(done.stdout or "{\"imported\": 0}")
                check(counts["imported"] == kept - 1, f"{counts}, and {kept - 1} rows are there")
            cluster.check_feed()
            again = rig.run("import", path, "--store", cluster.address())
            check(again.returncode == 0, again.stderr)
            check(count(cluster) == ROWS + 1, f"{count(cluster)} accounts after the second run")
            cluster.check_feed()
            notes.append(f"{loses} of {text!r}: {kept - 1} kept")
            proxy.close()
        finally:
            cluster.stop("immediate")
    return "; ".join(notes)


@test
def a_copy_that_is_killed_or_cut_leaves_no_store(rig):
    cluster = started(rig)
    try:
        source, notes = f"file:{rig.path('users.db')}", []
        check(rig.run("init", "--store", source, "--owner", OWNER).returncode == 0, "init")
        check(rig.run("import", rows_file(rig), "--store", source).returncode == 0, "import")
        exported = rig.run("export", "--store", source).stdout
        for at in range(12):
            target = cluster.address(schema=f"c{at}")
            process = subprocess.Popen(
                [rig.roster, "copy", "--from", source, "--to", target],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.15 * at)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            wait_for(lambda: not cluster.backends(), 30, "the end of the transaction")
            found = rig.run("export", "--store", target)
            # It is not there at all, or complete.
            check(
                found.returncode == 1 or found.stdout == exported,
                f"half a store: {len(found.stdout)} of {len(exported)} bytes")
            notes.append("whole" if found.returncode == 0 else "none")
        check("none" in notes, "no copy was interrupted")
        cut = Proxy(cluster.port, text=b"p3500@", loses="text")
        address = cluster.address(cut.port, schema="cut")
        refused = rig.run("copy", "--from", source, "--to", address)
        check(refused.returncode == 1 and cut.cuts, f"not cut: {refused.stderr}")
        check("Repeat the command" in refused.stderr, refused.stderr)
        done = rig.run("copy", "--from", source, "--to", cluster.address(schema="cut"))
        check(done.returncode == 0, done.stderr)
        check(
            rig.run("export", "--store", cluster.address(schema="cut")).stdout == exported,
            "the copy differs")
        return f"12 × kill -9: {notes.count('none')} left nothing, {notes.count('whole')} all"
    finally:
        cluster.stop("immediate")


@test
def notices_of_the_server_go_to_the_log(rig):
    """A trigger of the operator's own warns at each new account."""
    cluster = started(rig)
    try:
        cluster.sql(
            "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE WARNING 'beware of the dog'; RETURN NEW; END$$;"
            "CREATE TRIGGER warn BEFORE INSERT ON roster.users FOR EACH ROW"
            " EXECUTE FUNCTION warn()")
        for level, is_told in (("", False), ("info", True)):
            server = Server(
                [rig.roster, "serve", "--store", cluster.address(), "--as", OWNER],
                {"ROSTER_LOG": level})
            rig.servers.append(server)
            check("result" in server.create(f"{level}x@example.org"), "a create was refused")
            check(server.close() == 0, server.complaint())
            complaint = server.complaint()
            check(
                ("PostgreSQL says WARNING: beware of the dog" in complaint) == is_told, complaint)
            check(("beware" in complaint) == is_told, f"on standard error: {complaint}")
        return "told with ROSTER_LOG=info only"
    finally:
        cluster.stop("immediate")

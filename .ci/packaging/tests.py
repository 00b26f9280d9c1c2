#!/usr/bin/env python3
"""Installs each file of a release as its reader would, and runs a session with it.

usage: tests.py FOLDER      .ci/packaging/test installs the Debian packages that this needs
"""

import base64
import csv
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests"))

from harness import TEST_SECONDS_MAX, check, expect_failure, modules_with_tests, play, test, tests_of

OWNER = "you@example.com"
# The environment of every program here: nothing of the one who runs the tests.
CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
# The tests themselves may run in an environment.
PYTHON = os.path.realpath(sys.executable)
UV_VERSION = "0.13.9"
UV = os.path.join(ROOT, ".build", "packaging-uv-" + UV_VERSION)
PAGE = os.path.join("Sources", "roster", "Documentation.docc", "Operations.md")
HOST = re.compile(rb"https?://")


class Rig:
    """The files of a release, and a new folder for each test."""

    def __init__(self, folder):
        self.files = os.path.abspath(folder)
        self.tarball = self.only("roster-[0-9]*-linux-*.tar.gz")
        self.server_tarball = self.only("roster-postgres-*-linux-*.tar.gz")
        self.deb = self.only("roster_*.deb")
        self.server_deb = self.only("roster-postgres_*.deb")
        self.wheel = self.only("roster-*.whl")
        self.server = json.loads(read(os.path.join(self.files, "server.json")))
        self.version = self.server["version"]

    def only(self, pattern):
        found = glob.glob(os.path.join(self.files, pattern))
        check(
            len(found) == 1,
            f"{self.files} has {len(found)} files {pattern}, not 1; empty it and run .ci/release")
        return found[0]

    def begin(self):
        self.folder = tempfile.mkdtemp(prefix="roster-packaging-")

    def end(self):
        shutil.rmtree(self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def unpacked(self):
        """The folder of the tarball, unpacked into an empty folder."""
        run("tar", "-xzf", self.tarball, "-C", self.folder)
        [name] = os.listdir(self.folder)
        return self.path(name)

    def server_program(self):
        """The program for stores on a database server, unpacked into a folder of its own."""
        folder = self.path("server")
        os.makedirs(folder)
        run("tar", "-xzf", self.server_tarball, "-C", folder)
        [name] = os.listdir(folder)
        return os.path.join(folder, name, "bin", "roster-postgres")


# --- Running programs ----------------------------------------------------------------------------


def run(*command, given="", **more):
    """The standard output of a program, which must succeed."""
    done = subprocess.run(
        command, input=given, capture_output=True, encoding="utf-8", timeout=TEST_SECONDS_MAX,
        **({"env": CLEAN} | more))
    check(done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


def as_root(*command):
    """The command as root: really, or in a namespace of its own."""
    return command if os.geteuid() == 0 else ("unshare", "--map-root-user", *command)


def session(rig, *program):
    """Makes a store, creates an account in it, and lists both."""
    store = "file:" + rig.path("users.db")
    check(run(*program, "--version") == f"roster {rig.version}\n", f"{program} has another version")
    run(*program, "init", "--store", store, "--owner", OWNER)
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "users.create",
         "params": {"email": "ada@acme.example", "name": "Ada", "org_id": "acme"}},
        {"jsonrpc": "2.0", "id": 2, "method": "users.list", "params": {"fields": ["email"]}}]
    lines = "".join(json.dumps(call) + "\n" for call in calls)
    replies = run(*program, "serve", "--store", store, "--as", OWNER, given=lines).splitlines()
    listed = [user["email"] for user in json.loads(replies[1])["result"]["users"]]
    check(sorted(listed) == ["ada@acme.example", OWNER], f"{program} lists {listed}")


# --- The folder ----------------------------------------------------------------------------------


@test
def SHA256SUMS_holds_for_every_file(rig):
    def verify():
        run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=rig.folder)

    packed = (rig.tarball, rig.server_tarball, rig.wheel, rig.deb, rig.server_deb)
    names = [os.path.basename(path) for path in packed] + ["server.json"]
    for name in [*names, "SHA256SUMS"]:
        shutil.copy(os.path.join(rig.files, name), rig.folder)
    listed = [line.split("  ")[1] for line in read(rig.path("SHA256SUMS")).decode().splitlines()]
    check(sorted(listed) == sorted(names), f"SHA256SUMS lists {listed}")
    verify()
    with open(rig.path("server.json"), "a", encoding="utf-8") as file:
        file.write(" ")
    expect_failure(verify, "a changed file has the same checksum")


@test
def packing_again_makes_the_same_bytes(rig):
    program = os.path.join(rig.unpacked(), "bin", "roster")
    shutil.copy(rig.server_program(), os.path.dirname(program))
    maintainer = run("dpkg-deb", "--field", rig.deb, "Maintainer").strip()
    # What differs between two shells: the zone, the language, the umask, and variables of tools.
    environment = dict(
        os.environ, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", TAR_OPTIONS="--mtime=@1", GZIP="-1",
        XZ_OPT="-0", PYTHONHASHSEED="7")
    run(
        "sh", "-c", 'umask 077; exec "$@"', "sh", os.path.join(ROOT, ".ci", "release"),
        "--uncommitted", "--program", program, "--maintainer", maintainer,
        "--namespace", rig.server["name"].split("/")[0], rig.path("again"), env=environment)
    for path in sorted(glob.glob(rig.path("again", "*"))):
        name = os.path.basename(path)
        check(
            read(path) == read(os.path.join(rig.files, name)),
            f"{name} differs when it is packed again; was {rig.files} made from another commit?")


@test
def server_json_has_the_version_and_no_host(rig):
    [package] = rig.server["packages"]
    check(
        rig.server["version"] == package["version"] == rig.version and
        package["identifier"] == "roster" and package["transport"] == {"type": "stdio"},
        f"server.json says {rig.server}")
    check(len(rig.server["description"]) <= 100, "the description is longer than 100 characters")
    check(not HOST.search(read(os.path.join(rig.files, "server.json"))), "server.json names a host")


@test
def the_commands_of_the_page_install_the_files(rig):
    text = read(os.path.join(ROOT, PAGE)).decode().split("\n## Install a release\n")[1]
    uvx, variables = uv(rig)
    home = rig.path("home")
    variables |= {
        "HOME": home, "PATH": ":".join((os.path.dirname(uvx), CLEAN["PATH"])),
        "UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
    commands = re.findall(r"^ *```text\n(.*?)```", text.split("\n## ")[0], re.DOTALL | re.MULTILINE)
    os.mkdir(home)
    # Only apt needs the machine itself; a test below installs the package into a root of its own.
    for command in (each for each in commands if "apt install" not in each):
        run("sh", "-ec", command, cwd=rig.files, env=variables)
    check(len(commands) == 5, f"the page has the commands {commands}")
    for program in (".local/bin/roster", "roster-venv/bin/roster"):
        said = run(os.path.join(home, program), "--version")
        check(said == f"roster {rig.version}\n", f"{program} --version says {said}")


# --- The tarball ---------------------------------------------------------------------------------


@test
def the_tarball_contains_files_of_one_time_and_of_no_user(rig):
    wanted = {
        "bin/roster", "README.md", "CHANGELOG.md", "share/man/man1/roster.1",
        "share/bash-completion/completions/roster", "share/zsh/site-functions/_roster",
        "share/fish/vendor_completions.d/roster.fish", "share/doc/roster/README.md",
        "share/doc/roster/pages/Operations.md"}
    with tarfile.open(rig.tarball) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    folder = names[0]
    missing = wanted - {name.removeprefix(folder + "/") for name in names}
    check(not missing, f"the tarball lacks {missing}")
    check(names == sorted(names, key=lambda name: name.split("/")), "the names are not sorted")
    check(len({member.mtime for member in members}) == 1, "the files have several times")
    for member in members:
        executable = member.isdir() or member.mode & 0o111
        check(
            (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "") and
            member.mode == (0o755 if executable else 0o644),
            f"{member.name} has owner {member.uid} {member.uname} and mode {member.mode:o}")


@test
def the_program_of_the_tarball_runs_with_an_empty_environment(rig):
    session(rig, "env", "-i", os.path.join(rig.unpacked(), "bin", "roster"))


@test
def the_program_runs_in_a_root_that_contains_only_it(rig):
    tree = rig.unpacked()
    os.makedirs(rig.path("root"))
    shutil.move(os.path.join(tree, "bin"), rig.path("root", "bin"))
    chroot = as_root("chroot", rig.path("root"), "/bin/roster")
    check(run(*chroot, "--version") == f"roster {rig.version}\n", "another version")
    run(*chroot, "init", "--store", "file:/users.db", "--owner", OWNER)
    count = run(*chroot, "call", "users.count", "--store", "file:/users.db", "--as", OWNER)
    check(count == "1\n", f"users.count returned {count}")


@test
def the_links_of_the_documents_lead_to_files(rig):
    tree, count = rig.unpacked(), 0
    for page in glob.glob(os.path.join(tree, "**", "*.md"), recursive=True):
        for link in re.findall(r"\]\(([^)\s]+)\)", read(page).decode()):
            path = link.split("#")[0]
            if path and ":" not in path:
                count += 1
                target = os.path.join(os.path.dirname(page), path)
                check(os.path.exists(target), f"{page} links to {link}")
    check(count > 100, f"only {count} links were found")
    return f"{count} links"


@test
def man_shows_the_page_without_a_warning(rig):
    page = os.path.join(rig.unpacked(), "share", "man", "man1", "roster.1")

    def shown():
        done = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True,
            encoding="utf-8", env=CLEAN | {"MANROFFSEQ": "", "MANWIDTH": "80"})
        check(done.returncode == 0 and not done.stderr, f"man says: {done.stderr}")
        return done.stdout

    check("roster" in shown(), "the page is empty")
    with open(page, "a", encoding="utf-8") as file:
        file.write(".XX\n")
    expect_failure(shown, "a macro that does not exist gives no warning")


@test
def three_shells_complete_with_the_scripts_of_the_tarball(rig):
    share = os.path.join(rig.unpacked(), "share")
    scripts = {
        "bash": ("bash-completion", "completions", "roster"),
        "zsh": ("zsh", "site-functions", "_roster"),
        "fish": ("fish", "vendor_completions.d", "roster.fish")}
    for shell, names in scripts.items():
        driver = os.path.join(ROOT, "Tests", "CommandsTests", f"complete.{shell}")
        words = ["-f"] if shell == "zsh" else []
        program = os.path.join(os.path.dirname(share), "bin")
        offered = run(
            shell, *words, driver, os.path.join(share, *names), given="roster ser\n",
            env=CLEAN | {"HOME": rig.folder, "PATH": program + ":" + CLEAN["PATH"]})
        check(offered.split() == ["serve"], f"{shell} offers {offered.split()}")


# --- The Debian package --------------------------------------------------------------------------


def dpkg(rig, *command):
    """dpkg in a root that is empty but for its own files."""
    for name in ("info", "updates"):
        os.makedirs(rig.path("root", "var", "lib", "dpkg", name), exist_ok=True)
    for name in ("status", "available"):
        with open(rig.path("root", "var", "lib", "dpkg", name), "a", encoding="utf-8"):
            pass
    return run(*as_root("dpkg", "--root=" + rig.path("root"), *command))


@test
def lintian_finds_no_error_and_no_warning(rig):
    found = run(
        "lintian", "--fail-on", "none", "--display-level", ">=warning", "--show-overrides",
        "--allow-root", rig.deb)
    lines = [line for line in found.splitlines() if not line.startswith("N:")]
    check(
        lines == ["O: roster: statically-linked-binary [usr/bin/roster]"],
        f"lintian says {lines}")


@test
def the_deb_installs_into_an_empty_root_and_leaves_it_empty(rig):
    dpkg(rig, "--install", rig.deb)
    root = rig.path("root")
    owned = [line for line in dpkg(rig, "--listfiles", "roster").splitlines() if line != "/."]
    check("/usr/share/man/man1/roster.1.gz" in owned, f"the package has {owned}")
    check(not dpkg(rig, "--verify", "roster"), "dpkg --verify finds changed files")
    session(rig, os.path.join(root, "usr", "bin", "roster"))
    dpkg(rig, "--purge", "roster")
    left = [path for path in owned if os.path.exists(root + path)]
    check(not left, f"purging the package leaves {left}")


@test
def the_deb_of_the_server_program_needs_libpq_and_the_same_roster(rig):
    wanted = run("dpkg-deb", "--field", rig.server_deb, "Depends").strip().split(", ")
    check(f"roster (= {rig.version})" in wanted, f"it depends on {wanted}")
    # Others have another name in another release of Debian, as libunistring has.
    names = {each.split(" ")[0] for each in wanted}
    portable = {"roster", "libpq5", "libsqlite3-0", "libc6", "libgcc-s1", "libstdc++6"}
    check(names == portable, f"it depends on {wanted}")
    found = run(
        "lintian", "--fail-on", "none", "--display-level", ">=warning", "--allow-root",
        rig.server_deb)
    lines = [line for line in found.splitlines() if not line.startswith("N:")]
    check(not lines, f"lintian says {lines}")
    # Control: without roster, dpkg refuses it. Of its libraries, the empty root has none.
    expect_failure(
        lambda: dpkg(rig, "--install", rig.server_deb), "it is installed without roster")
    dpkg(rig, "--purge", "roster-postgres")
    dpkg(rig, "--install", rig.deb)
    dpkg(rig, "--force-depends", "--install", rig.server_deb)
    owned = dpkg(rig, "--listfiles", "roster-postgres").splitlines()
    check("/usr/bin/roster-postgres" in owned, f"the package has {owned}")
    return ", ".join(wanted)


@test
def the_server_program_works_beside_roster(rig):
    """With a server of its own, where PostgreSQL is installed."""
    program = os.path.join(rig.unpacked(), "bin", "roster")
    refused = subprocess.run(
        [program, "doctor", "--store", "postgres://127.0.0.1:1/x"], capture_output=True,
        encoding="utf-8", env=CLEAN)
    check("needs the program roster-postgres" in refused.stderr, f"it says {refused.stderr}")
    shutil.copy(rig.server_program(), os.path.dirname(program))
    script = """
        "$0" init --store "$ROSTER_TEST_POSTGRES" --owner you@example.com
        "$0" call users.count --store "$ROSTER_TEST_POSTGRES" --as you@example.com
        "$0" copy --from "$ROSTER_TEST_POSTGRES" --to "file:$1/users.db"
        "$0" doctor --store "file:$1/users.db"
    """
    said = run(
        os.path.join(ROOT, "Tests", "postgres.sh"), "sh", "-ec", script, program, rig.folder)
    check("\n1\n" in said and "round_trip" in said, f"it says {said}")


@test
def every_copyright_file_says_that_no_licence_has_been_given(rig):
    name = os.path.join("share", "doc", "roster", "copyright")
    texts = {rig.tarball: read(os.path.join(rig.unpacked(), name))}
    run("dpkg-deb", "--extract", rig.deb, rig.path("package"))
    texts[rig.deb] = read(rig.path("package", "usr", name))
    with zipfile.ZipFile(rig.wheel) as archive:
        texts[rig.wheel] = archive.read(f"roster-{rig.version}.dist-info/licenses/copyright")
    run("dpkg-deb", "--extract", rig.server_deb, rig.path("second"))
    texts[rig.server_deb] = read(
        rig.path("second", "usr", "share", "doc", "roster-postgres", "copyright"))
    for path, text in texts.items():
        check(b"No licence has been given" in text, f"the copyright file of {path} names a licence")


# --- The wheel -----------------------------------------------------------------------------------

# A session with the typed client, in the environment that the wheel was installed into.
CLIENT_SESSION = """
import asyncio, subprocess, sys
from roster import AsyncRoster, Roster, RosterError
program, store, owner = sys.argv[1:]
subprocess.run([program, "init", "--store", store, "--owner", owner], check=True)
with Roster("--store", store, "--as", owner) as roster:
    created = roster.users.create(email="ada@acme.example", name="Ada", org_id="acme")
    try:
        roster.users.create(email="ada@acme.example", name="Ada", org_id="acme")
        sys.exit("an account was created twice")
    except RosterError as error:
        assert error.code == 409, error
    listed = roster.users.list(sort_by="name")["users"]
    assert created["id"] in [user["id"] for user in listed]
async def count():
    async with AsyncRoster("--store", store, "--as", owner) as roster:
        return await roster.users.count()
print(asyncio.run(count()))
"""


def environment(folder, *wanted):
    """Makes an environment of Python with pip's `wanted` in it; returns the folder of its
    programs."""
    run(PYTHON, "-m", "venv", folder)
    programs = os.path.join(folder, "bin")
    pip_install(programs, *wanted)
    return programs


def pip_install(programs, *wanted):
    run(
        os.path.join(programs, "pip"), "install", "--quiet", "--disable-pip-version-check", *wanted,
        env=os.environ)


@test
def the_wheel_records_every_file_with_its_hash(rig):
    with zipfile.ZipFile(rig.wheel) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        contents = {name: archive.read(name) for name in entries}
    info = f"roster-{rig.version}.dist-info"
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(contents[f"{info}/RECORD"].decode()))}
    check(set(rows) == set(entries), f"RECORD lists {set(rows) ^ set(entries)} or lacks it")
    for name, (digest, size) in rows.items():
        found = base64.urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).decode()
        check(
            name.endswith("/RECORD") or
            (digest, size) == ("sha256=" + found.rstrip("="), str(len(contents[name]))),
            f"RECORD has another hash or size of {name}")
    program = entries[f"roster-{rig.version}.data/scripts/roster"]
    check(program.external_attr >> 16 == 0o100755, "the program is not executable")
    check(
        f"mcp-name: {rig.server['name']} " in contents[f"{info}/METADATA"].decode(),
        "the name in server.json is not in METADATA")


@test
def pip_installs_the_wheel_and_the_typed_client_finds_the_program(rig):
    programs = environment(rig.path("venv"), "--no-index", rig.wheel)
    session(rig, os.path.join(programs, "roster"))
    python = os.path.join(programs, "python")
    for option in ("--version", "--help"):
        check(
            run(python, "-m", "roster", option, cwd=rig.folder) ==
            run(os.path.join(programs, "roster"), option),
            f"python -m roster {option} is not the program")
    arguments = [os.path.join(programs, "roster"), "file:" + rig.path("typed.db"), OWNER]
    said = run(python, "-c", CLIENT_SESSION, *arguments, cwd=rig.folder)
    check(said.splitlines()[-1] == "2", f"the typed client said {said}")
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "roster")
    check(not os.path.exists(os.path.join(programs, "roster")), "uninstalling leaves the program")


@test
def python_m_roster_runs_the_program_of_a_target_folder(rig):
    programs = environment(rig.path("venv"), "--no-index", "--target", rig.path("target"), rig.wheel)
    said = run(
        os.path.join(programs, "python"), "-m", "roster", "--version",
        env=CLEAN | {"PYTHONPATH": rig.path("target")})
    check(said == f"roster {rig.version}\n", f"python -m roster --version says {said}")


def uv(rig):
    """uv's command to run a program of a package, installed when missing, and its environment."""
    program = os.path.join(UV, "bin", "uvx")
    if not os.path.exists(program):
        environment(UV, f"uv=={UV_VERSION}")
    folders = {
        "UV_CACHE_DIR": rig.path("cache"), "UV_TOOL_DIR": rig.path("tools"), "HOME": rig.folder,
        "UV_PYTHON": PYTHON, "UV_PYTHON_DOWNLOADS": "never"}
    return program, CLEAN | folders


@test
def an_agent_host_starts_the_server_of_server_json_with_uvx(rig):
    uvx, variables = uv(rig)
    [package] = rig.server["packages"]
    start = [uvx, "--offline", "--from", rig.wheel, package["identifier"]]
    check(package["runtimeHint"] == "uvx", f"server.json wants {package['runtimeHint']}")
    run(*start, "init", "--owner", OWNER, env=variables)
    for argument in package["packageArguments"]:
        start += [argument["name"], OWNER] if "name" in argument else [argument["value"]]
    requests = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "host", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
            "name": "users_count", "arguments": {}}}]
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    hello, count = map(json.loads, run(*start, given=lines, env=variables).splitlines())
    check(
        hello["result"]["serverInfo"]["version"] == rig.version and
        not count["result"].get("isError"),
        f"the server answered {hello} and {count}")


def main():
    [folder] = sys.argv[1:]
    modules_with_tests(HERE)
    return play(tests_of("__main__"), Rig(folder)) > 0


if __name__ == "__main__":
    sys.exit(main())

"""The JSON-RPC clients of Emacs and Neovim talk to Roster, with Content-Length headers.

editors.el and editors.lua load what `roster config` prints and run the steps of steps.json. Each
step has one outcome:

  {"do": "request", "method", "params"}   {"result"} or {"error": {"code", "message", "data"}}
  {"do": "notify", "method", "params"}    null
  {"do": "await", "count"}                waits for so many notifications: {"told": […]}
  {"do": "run", "words"}                  another program, to its end: {"status"}
  {"do": "crowd", "connections", "requests", "method", "params"}
                                          asks several new servers at once: {"results": […]}
  {"do": "end"}                           waits until the server has ended: {"status"}
  {"do": "stop"}                          Neovim's client of language servers ends it: {"status"}
"""

import json
import os
import subprocess
import time

import configs
import pages
from rig import OWNER, ROOT, SAMPLE, TEST_SECONDS_MAX, Rig, check, test

# None is the Python of run.py.
ENVIRONMENTS = (None,)
HERE = os.path.dirname(os.path.abspath(__file__))
ADA = {"email": "ada@acme.example", "name": "Ada \"🐘\" \\ \u2028 Löve", "org_id": "acme"}
NVIM = ("nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n")


# --- The two editors -----------------------------------------------------------------------------


def emacs(rig, steps, store="memory", locale="C"):
    """The outcomes of these steps in Emacs. Containers often have no locale except C."""
    snippet = write(rig, "roster-config.el", config(rig, "emacs", store))
    script = os.path.join(HERE, "editors.el")
    words = ["emacs", "-Q", "--batch", "-l", snippet, "-l", script, "-f", "editors-play"]
    return play(rig, steps, words, locale)


def neovim(rig, steps, store="memory", locale="C", deed="play"):
    """The same in Neovim."""
    write(rig, "lua/roster.lua", config(rig, "neovim", store))
    script = os.path.join(HERE, "editors.lua")
    return play(rig, steps, [*NVIM, "-c", f"lua dofile([[{script}]]).{deed}()"], locale)


def attached(rig, steps, store="memory", locale="C"):
    """The same in Neovim, with Roster as a language server."""
    return neovim(rig, steps, store, locale, deed="attach")


EDITORS = (emacs, neovim, attached)


def config(rig, host, store):
    return rig.run("config", host, "--store", store, "--as", OWNER)


def play(rig, steps, words, locale):
    outcomes = rig.path("outcomes.json")
    if os.path.exists(outcomes):
        os.remove(outcomes)
    write(rig, "steps.json", json.dumps(steps, ensure_ascii=False))
    shell(words, rig.folder, LC_ALL=locale)
    with open(outcomes, encoding="utf-8") as file:
        found = json.load(file)
    check(len(found) == len(steps), f"{len(found)} outcomes of {len(steps)} steps: {found}")
    return found


def shell(words, folder, **env):
    """The output of a program that must succeed."""
    # Logs go into the test's folder, which is removed.
    logs = {"XDG_STATE_HOME": folder, "XDG_CACHE_HOME": folder}
    done = subprocess.run(
        words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**os.environ, **logs, **env}, timeout=TEST_SECONDS_MAX)
    check(
        done.returncode == 0,
        f"{words[0]} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-2000:]}")
    return done.stdout


def write(rig, name, text):
    os.makedirs(os.path.dirname(rig.path(name)), exist_ok=True)
    with open(rig.path(name), "w", encoding="utf-8") as file:
        file.write(text)
    return rig.path(name)


def request(method, **params):
    return {"do": "request", "method": method, "params": params or None}


def notify(method, **params):
    return {"do": "notify", "method": method, "params": params or None}


def call(rig, store, method, params):
    return json.loads(
        rig.run("call", method, "-", "--store", store, "--as", OWNER, input=json.dumps(params)))


# --- Tests ---------------------------------------------------------------------------------------


@test
def each_editor_creates_gets_and_lists_and_what_it_wrote_is_there(rig):
    store = rig.store()
    for at, editor in enumerate(EDITORS):
        email = f"ada{at}@acme.example"
        ada = {**ADA, "email": email, "metadata": {"n": [1, {"a": False}]}}
        created, got, page, count, nobody = editor(
            rig, [
                request("users.create", **ada),
                request("users.get", user_id=email, fields=["name", "metadata", "is_blocked"]),
                request("users.list", org_id="acme", sort_by="email", fields=["email"]),
                request("users.count"), request("users.get", user_id="nobody@acme.example"),
            ], store=store)
        check(created["result"]["email"] == email, f"create: {created}")
        expected = {"name": ada["name"], "metadata": ada["metadata"], "is_blocked": False}
        check(got == {"result": expected}, f"get: {got}")
        emails = [user["email"] for user in page["result"]["users"]]
        check(emails == [f"ada{n}@acme.example" for n in range(at + 1)], f"list: {page}")
        check(count == {"result": at + 2}, f"count: {count}")
        check(nobody == {"result": None}, f"an unknown account: {nobody}")
        kept = call(rig, store, "users.get", {"user_id": email})
        check(kept == {**kept, **created["result"]}, f"{created} was kept as {kept}")
        check(kept["name"] == ADA["name"], f"the name was kept as {kept}")


@test
def each_editor_sees_an_error_with_its_code_and_data(rig):
    for editor in EDITORS:
        created, again, own, bad, unknown = editor(rig, [
            request("users.create", **ADA), request("users.create", **ADA),
            request("users.delete", user_id=OWNER), request("users.list", limit=0, fields=["nam"]),
            request("users.lst"),
        ])
        check("result" in created, f"create: {created}")
        for outcome, code, kind, reason in (
            (again, 409, "conflict", "email_taken"),
            (own, 412, "failed_precondition", "own_account"),
            (bad, -32602, "invalid_params", None), (unknown, -32601, "method_not_found", None),
        ):
            error = outcome.get("error", {})
            data = error.get("data", {})
            found = (error.get("code"), data.get("kind"), data.get("reason"))
            check(found == (code, kind, reason), f"{editor.__name__}: {outcome}")
            check(error["message"] and data["hint"], f"it has no message or hint: {outcome}")
        pointers = sorted(each["pointer"] for each in bad["error"]["data"]["errors"])
        check(pointers == ["/fields/0", "/limit"], f"{editor.__name__}: {bad}")


@test
def each_editor_is_told_of_changes_its_own_and_those_of_others(rig):
    for at, editor in enumerate(EDITORS):
        store = "file:" + rig.path(f"users{at}.db")
        rig.run("init", "--store", store, "--owner", OWNER)
        other = ["call", "users.create", "email=bo@b.example", "name=Bö", "org_id=b"]
        outcomes = editor(rig, [
            # Emacs 28 handles a notification that came with a reply only when more data arrives.
            request("users.subscribe"), request("users.create", **ADA),
            {"do": "run", "words": [rig.roster, *other, "--store", store, "--as", OWNER]},
            {"do": "await", "count": 2}, request("users.unsubscribe"), request("users.count"),
        ], store=store)
        check(outcomes[2] == {"status": 0}, f"the other program failed: {outcomes[2]}")
        told = outcomes[3]["told"]
        check([each["method"] for each in told] == ["users.event"] * 2, f"received {told}")
        emails = [each["params"]["email"] for each in told]
        check(emails == ["ada@acme.example", "bo@b.example"], f"{editor.__name__} got {told}")
        check(outcomes[4:] == [{"result": True}, {"result": 3}], f"afterwards: {outcomes[4:]}")


@test
def a_server_greets_says_goodbye_and_ends_as_language_servers_do(rig):
    for editor in (emacs, neovim):
        hello = request(
            "initialize", processId=os.getpid(), rootUri=None, capabilities={},
            clientInfo={"name": editor.__name__})
        found = editor(rig, [
            hello, notify("initialized"), request("users.create", **ADA), request("shutdown"),
            notify("exit"), {"do": "end"},
        ])
        greeting = found[0].get("result", {})
        check(greeting.get("serverInfo", {}).get("name") == "roster", f"it greets with {found[0]}")
        check(found[2].get("result", {}).get("email") == ADA["email"], f"create: {found[2]}")
        check(found[3] == {"result": None}, f"shutdown: {found[3]}")
        check(found[5] == {"status": 0}, f"{editor.__name__}: it ended with {found[5]}")
    found = attached(rig, [request("users.create", **ADA), {"do": "stop"}])
    check(found[1] == {"status": 0}, f"the language server ended with {found[1]}")


@test
def a_long_page_of_all_kinds_of_names_arrives_whole_in_any_locale(rig):
    store = rig.store(sample=True)
    # No metadata, because Neovim writes numbers of more than 14 digits differently.
    fields = ["email", "name", "username", "company", "job_title", "auto_groups", "created_at"]
    expected = call(rig, store, "users.list", {"limit": 1000, "fields": fields})
    for locale in ("C", "C.UTF-8"):
        for editor in EDITORS:
            page = editor(rig, [request("users.list", limit=1000, fields=fields)], store, locale)[0]
            found = json.loads(json.dumps(page["result"]), object_hook=without_nothing)
            check(
                found == json.loads(json.dumps(expected), object_hook=without_nothing),
                f"{editor.__name__} in {locale} got another page")
    return f"{len(expected['users'])} users, {len(json.dumps(expected)) >> 10} KiB"


@test
def several_servers_of_one_editor_do_not_mix(rig):
    store = rig.store(sample=True)
    params = {"limit": 1000, "fields": ["email", "name"]}
    expected = list(map(without_nothing, call(rig, store, "users.list", params)["users"]))
    for editor in EDITORS:
        crowd = {"do": "crowd", "connections": 3, "requests": 4, "method": "users.list"}
        results = editor(rig, [{**crowd, "params": params}], store)[0]["results"]
        check(len(results) == 12, f"{editor.__name__} got {len(results)} replies")
        for page in results:
            found = list(map(without_nothing, page["users"]))
            check(found == expected, f"{editor.__name__} got another page")


def without_nothing(members):
    """Without fields whose values editors can't distinguish: null, [] and {}."""
    return {name: value for name, value in members.items() if value not in (None, [], {})}


@test
def each_editor_starts_a_server_at_a_hard_path_in_any_locale(rig):
    place, program = configs.nasty_place(rig)
    hard = Rig(program)
    hard.folder = rig.folder
    for locale in ("C", "C.UTF-8"):
        for editor in EDITORS:
            store = f"file:{place}/us ers.db"
            found = editor(hard, [request("users.count")], store=store, locale=locale)
            check(found == [{"result": 1}], f"{editor.__name__} in {locale}: {found}")


@test
def no_server_outlives_its_editor(rig):
    store = rig.store()
    for editor in EDITORS:
        editor(rig, [request("users.subscribe")], store=store)
        deadline = time.monotonic() + 5
        while living(store):
            check(time.monotonic() < deadline, f"after {editor.__name__}: {living(store)}")
            time.sleep(0.02)


def living(word):
    """Processes that have this argument on their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", encoding="utf-8", errors="replace") as file:
                if word in file.read().split("\0"):
                    found.append(name)
        except OSError:
            # The process has ended meanwhile.
            pass
    return found


@test
def a_newer_neovim_gets_the_command_as_one_list(rig):
    write(rig, "lua/roster.lua", config(rig, "neovim", "memory"))
    script = write(
        rig, "newer.lua",
        "vim.opt.rtp:append(vim.fn.getcwd())\n"
        "local has = vim.fn.has\n"
        "vim.fn.has = function(name) return name == 'nvim-0.10' and 1 or has(name) end\n"
        "vim.lsp.rpc.start = function(...)\n"
        "  vim.fn.writefile({ vim.json.encode({ ... }) }, 'given')\n"
        "end\n"
        "require('roster').start({ marked = true })\n")
    shell([*NVIM, "-c", "luafile " + script, "-c", "qall!"], rig.folder)
    with open(rig.path("given"), encoding="utf-8") as file:
        given = json.load(file)
    words = [os.path.realpath(rig.roster), "serve", "--store", "memory", "--as", OWNER]
    check(given == [words, {"marked": True}], f"it is given {given}")


@test
def the_examples_run_and_print_what_they_did(rig):
    examples = os.path.join(ROOT, "examples")
    for words in (
        ["emacs", "-Q", "--batch", "-l", f"{examples}/roster.el", "-f", "roster-demo"],
        [*NVIM, "-c", f"lua dofile([[{examples}/roster.lua]]).demo()"],
    ):
        printed = shell(words, rig.folder, ROSTER=os.path.realpath(rig.roster)).splitlines()
        check(len(printed) == 4, f"it printed {printed}")
        check(printed[0] == "created Ada Lovelace, version 1", f"it printed {printed}")
        check(printed[2] == "listed ada@acme.example, you@example.com", f"it printed {printed}")
        check(printed[3].startswith("refused with 409: "), f"it printed {printed}")


@test
def the_examples_hold_what_config_prints(rig):
    for host, path, start in (
        ("emacs", "roster.el", "(defun roster-connect"),
        ("neovim", "roster.lua", "-- Starts Roster"),
    ):
        printed = config(rig, host, "memory")
        printed = printed[printed.index(start):].removesuffix("return roster\n")
        with open(os.path.join(ROOT, "examples", path), encoding="utf-8") as file:
            check(printed in file.read(), f"{path} does not hold {printed}")


# --- What the page on hosts shows ----------------------------------------------------------------


def shown(heading, language):
    """The only code block in this language below this heading of the page Hosts."""
    return pages.block(pages.HOSTS, heading, language)


def home_of_a_reader(rig, heading, folder):
    """The environment of a reader who followed the section with this heading."""
    os.makedirs(rig.path(folder))
    os.makedirs(rig.path("bin"))
    os.symlink(os.path.realpath(rig.roster), rig.path("bin/roster"))
    rig.run("init", "--store", "file:" + rig.path("users.db"), "--owner", "you@example.com")
    rig.run("import", "--store", "file:" + rig.path("users.db"), SAMPLE)
    rig.run(
        "call", "users.create", "email=ada@acme.example", "name=Ada Lovelace", "org_id=acme",
        "--store", "file:" + rig.path("users.db"), "--as", "you@example.com")
    env = {
        "HOME": rig.folder, "PATH": rig.path("bin") + ":" + os.environ["PATH"],
        "XDG_CONFIG_HOME": rig.path(".config"), "XDG_DATA_HOME": rig.path(".local")}
    shell(["sh", "-ec", shown(heading, "sh")], rig.folder, **env)
    return env


@test
def the_page_on_hosts_shows_what_emacs_gets(rig):
    env = home_of_a_reader(rig, "From Emacs", ".emacs.d")
    write(rig, "shown.el", shown("From Emacs", "elisp"))
    script = os.path.join(HERE, "editors.el")
    words = ["emacs", "--batch", "-l", rig.path(".emacs.d/init.el"), "-l", script]
    shell([*words, "--eval", '(editors-compare "shown.el" 3)'], rig.folder, **env)


@test
def the_page_on_hosts_shows_what_neovim_gets(rig):
    env = home_of_a_reader(rig, "From Neovim", ".config/nvim/lua")
    write(rig, "shown.lua", shown("From Neovim", "lua"))
    script = os.path.join(HERE, "editors.lua")
    words = ["nvim", "--headless", "-i", "NONE", "-n", "-c"]
    shell([*words, f"lua dofile([[{script}]]).compare('shown.lua', 2)"], rig.folder, **env)

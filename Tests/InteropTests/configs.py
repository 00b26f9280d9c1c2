"""Parses what `roster config` prints with the host's own language, and starts the server."""

import json
import os
import shutil
import subprocess
import tomllib

import pages
from rig import OWNER, TEST_SECONDS_MAX, check, requests, test

ENVIRONMENTS = ("configs",)
# Characters that have a special meaning in one of the languages, and all kinds of line ends.
NASTY = "a b\t'\"`$HOME ${x} \\ \\n \\u0041 %s {{}} ]] #| ;; -- ü ß 東京 🐘 \x01\x7f\r\n e\u0301"


def run(words, folder, env=None, input=""):
    """The output of a command that must succeed. A failure shows its standard error."""
    done = subprocess.run(
        words, cwd=folder, input=input, capture_output=True, encoding="utf-8",
        env={**os.environ, **(env or {})}, timeout=TEST_SECONDS_MAX)
    check(done.returncode == 0, f"{words} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def answers(host, words, folder):
    """The number of accounts that the server of this command line reports to this host."""
    if host in ("neovim", "emacs"):
        calls = (("users.count", {}),)
    else:
        hello = {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": host, "version": "1"}}
        calls = (("initialize", hello), ("tools/call", {"name": "users_count", "arguments": {}}))
    replies = run(words, folder, input=requests(*calls)).splitlines()
    result = json.loads(replies[-1])["result"]
    return result["structuredContent"]["result"] if len(calls) == 2 else result


# --- One parser for each language: the command line in a snippet ---------------------------------


def read_json(key):
    def read(snippet, _):
        server = json.loads(snippet)[key]["roster"]
        check(server.get("type", "stdio") == "stdio", f"the type is {server}")
        check((key == "servers") == ("type" in server), f"only vscode wants a type: {server}")
        return [server["command"], *server["args"]]

    return read


def read_toml(snippet, _):
    server = tomllib.loads(snippet)["mcp_servers"]["roster"]
    return [server["command"], *server["args"]]


def read_open_code(snippet, _):
    server = json.loads(snippet)["mcp"]["roster"]
    check((server["type"], server["enabled"]) == ("local", True), f"{server}")
    return server["command"]


def read_yaml(snippet, _):
    """Parses a block with a name, a version, a schema and one server."""
    # Imported here, because other modules use the parsers of this one without having YAML.
    import yaml

    block = yaml.safe_load(snippet)
    check(set(block) == {"name", "version", "schema", "mcpServers"}, f"{block}")
    check(block["schema"] == "v1" and isinstance(block["version"], str), f"{block}")
    (server,) = block["mcpServers"]
    check((server["name"], server["type"]) == ("roster", "stdio"), f"{server}")
    return [server["command"], *server["args"]]


def read_lua(snippet, folder):
    """Loads the snippet as a module, as users do."""
    write(os.path.join(folder, "lua", "roster.lua"), snippet)
    script = write(
        os.path.join(folder, "read.lua"),
        "vim.opt.rtp:append(vim.fn.getcwd())\n"
        "local text = vim.json.encode(require('roster').command)\n"
        "vim.fn.writefile({ text }, 'words')\n")
    words = ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", "luafile " + script]
    run([*words, "-c", "qa!"], folder, C_LOCALE)
    return words_of(folder)


def read_elisp(snippet, folder):
    path = write(os.path.join(folder, "snippet.el"), snippet)
    deed = (
        "(let ((coding-system-for-write 'no-conversion))"
        " (write-region (encode-coding-string (json-serialize (vconcat roster-command)) 'utf-8)"
        " nil \"words\"))")
    run(["emacs", "-Q", "--batch", "-l", path, "--eval", deed], folder, C_LOCALE)
    return words_of(folder)


# Containers often have no other locale.
C_LOCALE = {"LC_ALL": "C"}


def words_of(folder):
    with open(os.path.join(folder, "words"), encoding="utf-8") as file:
        return json.load(file)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


READERS = {
    "claude": read_json("mcpServers"), "cursor": read_json("mcpServers"),
    "claude-code": read_json("mcpServers"), "claude-desktop": read_json("mcpServers"),
    "vscode": read_json("servers"), "codex": read_toml, "zed": read_json("context_servers"),
    "windsurf": read_json("mcpServers"), "gemini": read_json("mcpServers"),
    "cline": read_json("mcpServers"), "jetbrains": read_json("mcpServers"),
    "opencode": read_open_code, "continue": read_yaml, "neovim": read_lua, "emacs": read_elisp,
}


# --- Tests ---------------------------------------------------------------------------------------


def nasty_place(rig):
    """A folder whose name has special characters, with the program and a store in it."""
    place = os.path.join(rig.folder, NASTY)
    os.mkdir(place)
    program = os.path.join(place, "roster " + NASTY)
    shutil.copy(rig.roster, program)
    run([program, "init", "--owner", OWNER, "--store", "file:us ers.db"], place)
    return place, program


@test
def every_snippet_starts_what_was_asked_for_from_anywhere(rig):
    place, program = nasty_place(rig)
    os.mkdir(os.path.join(place, "mail"))
    policy = '{"roles":{"watcher":{"grants":[]}}}'
    write(os.path.join(place, "policy.json"), policy)
    # Set before, because with --read-only the server could not store the policy.
    run([program, "policy", "set", "policy.json", "--store", "file:us ers.db"], place)
    options = ["--as", OWNER, "--read-only", "--mail-link", "https://x.example/{action}?t={token}"]
    for host, read in READERS.items():
        snippet = run(
            [program, "config", host, "--store=file:./us ers.db", *options, "--policy",
             "policy.json", "--mail", "dir:mail", "--mail-from", "Zoë <zoe@x.example>"],
            place)
        folder = os.path.join(rig.folder, host)
        os.mkdir(folder)
        words = read(snippet, folder)
        expected = [
            program, "serve", "--store", f"file:{place}/us ers.db", *options, "--policy",
            f"{place}/policy.json", "--mail", f"dir:{place}/mail", "--mail-from",
            "Zoë <zoe@x.example>"]
        check(words == expected, f"{host}: {words}\nis not {expected}")
        check(answers(host, words, "/") == 1, f"{host}: the server does not reply")
    return f"{len(READERS)} hosts"


@test
def a_token_is_named_by_its_absolute_path_and_works(rig):
    place, program = nasty_place(rig)
    token = run(
        [program, "token", "create", "--name", "t", "--as", OWNER, "--store", "file:us ers.db"],
        place)
    os.close(os.open(os.path.join(place, "token"), os.O_CREAT, 0o600))
    write(os.path.join(place, "token"), token)
    for host, read in READERS.items():
        snippet = run(
            [program, "config", host, "--token-file", "token", "--store", "file:us ers.db"], place,
            {"ROSTER_TOKEN": token.strip()})
        check(token.strip() not in snippet, f"{host}: the token is in the snippet")
        folder = os.path.join(rig.folder, host)
        os.mkdir(folder)
        words = read(snippet, folder)
        check(words[-2:] == ["--token-file", f"{place}/token"], f"{host}: {words}")
        check(answers(host, words, "/") == 1, f"{host}: the server does not reply")


# The arguments of each host's own command: what comes before the program, and whether the program's
# arguments follow it directly or after "--".
COMMANDS = {
    "claude": lambda words: ["claude", "mcp", "add", "roster", "--", *words],
    "codex": lambda words: ["codex", "mcp", "add", "roster", "--", *words],
    "cline": lambda words: ["cline", "mcp", "install", "roster", "--yes", "--", *words],
    "gemini": lambda words: ["gemini", "mcp", "add", "--scope", "user", "roster", words[0], "--",
                             *words[1:]],
}


@test
def the_commands_of_hosts_say_what_their_snippets_say(rig):
    place, program = nasty_place(rig)
    for host, read in READERS.items():
        # Read as bytes, because Python would convert all line ends to one kind.
        done = subprocess.run(
            [program, "config", host, "--as", OWNER, "--store", "file:us ers.db"], cwd=place,
            capture_output=True, check=True)
        words = typed(done.stderr)
        if host in COMMANDS:
            expected = COMMANDS[host](read(done.stdout.decode(), None))
            check(words == expected, f"{words} is not {expected}")
        elif host == "vscode":
            check(words[:2] == ["code", "--add-mcp"], f"{words}")
            server = json.loads(words[2])
            check((server["name"], server["type"]) == ("roster", "stdio"), f"{server}")
            told = [server["command"], *server["args"]]
            check(told == read(done.stdout.decode(), None), f"{told}")
        else:
            check(not words or host.startswith("claude-"), f"{host} has no command: {words}")
    return ", ".join(COMMANDS)


def typed(told):
    """The words of the printed command, as a shell splits them."""
    # A shell function instead of each program prints the words that the program would get.
    names = ("claude", "codex", "cline", "gemini", "code")
    show = "".join(f"{name}() {{ printf '%s\\0' {name} \"$@\"; }}\n" for name in names).encode()
    starts = [told.find(b"\n" + name.encode() + b" ") for name in names]
    start = max(starts)
    if start < 0:
        return []
    command = told[start:].split(b"\nThe host may replace")[0]
    shown = subprocess.run(["sh"], input=show + command, capture_output=True, check=True).stdout
    return shown.decode().split("\0")[:-1]


@test
def a_mailer_is_named_by_its_absolute_path(rig):
    write(os.path.join(rig.folder, "bin", "mailer"), "#!/bin/sh\n")
    os.chmod(os.path.join(rig.folder, "bin", "mailer"), 0o755)
    config = [rig.roster, "config", "codex", "--store", "memory", "--as", OWNER, "--mail"]
    for given, expected in (
        ("sendmail:bin/mailer -t x/y", f"sendmail:{rig.folder}/bin/mailer -t x/y"),
        ("sendmail:./bin/mailer", f"sendmail:{rig.folder}/bin/mailer"),
        ("sendmail:cat -u", "sendmail:cat -u"), ("none", "none"),
    ):
        words = read_toml(run([*config, given], rig.folder), None)
        check(words[-1] == expected, f"{given} became {words[-1]}")
    spaced = os.path.join(rig.folder, "a b")
    shutil.copytree(os.path.join(rig.folder, "bin"), os.path.join(spaced, "bin"))
    done = subprocess.run([*config, "sendmail:bin/mailer"], cwd=spaced, capture_output=True)
    check(done.returncode == 2 and b"spaces" in done.stderr, f"it ended with {done}")


@test
def the_page_on_hosts_shows_what_is_printed(rig):
    block = pages.block(pages.HOSTS, "roster config", "text").removeprefix("$ roster config")
    words, shown = block.split("\n", 1)
    home = os.path.realpath(rig.folder)
    program = os.path.join(home, "bin", "roster")
    os.mkdir(os.path.dirname(program))
    shutil.copy(rig.roster, program)
    run([program, "init", "--owner", "you@example.com", "--store", "file:users.db"], home)
    printed = run(["sh", "-c", "bin/roster config" + words + " 2>&1"], home)
    check(printed.replace(home, "/home/you") == shown, f"{printed}\nis not\n{shown}")

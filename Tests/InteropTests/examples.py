"""The agent example, the code that the page Hosts shows for agents, and the example for scripts."""

import os
import subprocess
import sys

from editors import home_of_a_reader, shown
from rig import ROOT, TEST_SECONDS_MAX, check, test

ENVIRONMENTS = ("mcp-2",)


@test
def the_agent_of_the_examples_does_its_work(rig):
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "examples", "agent.py")], text=True,
        capture_output=True, timeout=TEST_SECONDS_MAX, env={**os.environ, "ROSTER": rig.roster})
    check(done.returncode == 0, f"it ended with {done.returncode}: {done.stderr[-2000:]}")
    for told in ("permission_denied", "version_mismatch", "Engineer at Acme", "-32602"):
        check(told in done.stdout, f"it does not print {told}: {done.stdout}")
    check(not done.stderr, f"it prints an error: {done.stderr[-2000:]}")


def printed(words, rig, env):
    done = subprocess.run(
        words, text=True, capture_output=True, timeout=TEST_SECONDS_MAX, cwd=rig.folder, env=env)
    check(done.returncode == 0, f"{words} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout.splitlines()


@test
def the_page_on_hosts_shows_what_a_host_of_agents_does(rig):
    env = home_of_a_reader(rig, "From an agent host", ".build")
    os.symlink(rig.path("bin"), rig.path(".build/release"))
    os.symlink(rig.folder, rig.path(".build/start"))
    code = shown("From an agent host", "python")
    told = printed([sys.executable, "-c", code], rig, env)
    tools, count = told
    check("users_get" in tools and "users_delete" not in tools, f"the tools are {tools}")
    check(f"# {count}" in code, f"the page does not show {count}")


@test
def the_line_for_scripts_is_the_same_on_the_page_and_in_the_examples(rig):
    env = home_of_a_reader(rig, "From a script", ".build")
    lines = printed(["sh", "-ec", shown("From a script", "sh")], rig, env)
    admins = rig.run("export", "--store", "file:" + rig.path("users.db")).count('"admin"')
    check(len(lines) == admins > 1, f"{len(lines)} admins of {admins}")
    check(all(line.count("\t") == 1 and "@" in line for line in lines), f"{lines}")
    script = os.path.join(ROOT, "examples", "admins.sh")
    where = {"STORE": "file:users.db", "CALLER": "you@example.com"}
    check(printed(["sh", script], rig, {**env, **where}) == lines, "the example prints other lines")

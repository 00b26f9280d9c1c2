"""The example that needs a package."""

import os
import subprocess
import sys

from rig import ROOT, TEST_SECONDS_MAX, check


def the_agent_of_the_examples_does_its_work(rig):
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "examples", "agent.py")], text=True,
        capture_output=True, timeout=TEST_SECONDS_MAX, env={**os.environ, "ROSTER": rig.roster})
    check(done.returncode == 0, f"it ended with {done.returncode}: {done.stderr[-2000:]}")
    for told in ("permission_denied", "version_mismatch", "Engineer at Acme", "-32602"):
        check(told in done.stdout, f"it does not tell of {told}: {done.stdout}")
    check(not done.stderr, f"it complains: {done.stderr[-2000:]}")


TESTS = (the_agent_of_the_examples_does_its_work,)

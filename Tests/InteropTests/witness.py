#!/usr/bin/env python3
"""Starts a server with the client's own pipes, and records how the server ended.

usage: witness.py REPORT COMMAND [WORD …]
"""

import json
import select
import signal
import subprocess
import sys
import threading
import time

from rig import check


class Report:
    """What a witness has recorded."""

    def __init__(self, facts):
        self.input_ended_at = facts.get("input_ended_at")
        self.ended_at = facts.get("ended_at")
        self.status = facts.get("status")
        self.signals = facts.get("signals", [])

    def check_ended_by_itself(self, seconds_max):
        """Checks that the server ended in time because its input ended, and for no other reason.
        Returns the seconds it took."""
        check(self.ended_at, "the witness was killed before the server ended")
        check(not self.signals, f"the client sent the signals {self.signals}")
        check(self.status == 0, f"the server ended with {self.status}")
        check(self.input_ended_at, "the server ended before its input did")
        seconds = self.ended_at - self.input_ended_at
        check(seconds < seconds_max, f"the server took {seconds:.2f} s to end")
        return seconds


def told(path):
    """The last report that a witness wrote."""
    with open(path) as file:
        return Report(json.load(file))


def main(report, *command):
    facts = {"signals": []}

    def write():
        with open(report, "w") as file:
            json.dump(facts, file)

    def note(number, _):
        facts["signals"].append(signal.Signals(number).name)
        write()

    def watch():
        # It reads nothing, because the input belongs to the server.
        end = select.poll()
        end.register(0, select.POLLHUP | select.POLLRDHUP)
        end.poll()
        facts["input_ended_at"] = time.monotonic()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    write()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    facts["status"] = subprocess.Popen(command).wait()
    facts["ended_at"] = time.monotonic()
        # The server may end before the thread notices the end of its input.
    watcher.join(0.05)
    write()
    return facts["status"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

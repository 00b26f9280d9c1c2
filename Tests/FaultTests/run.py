#!/usr/bin/env python3
"""Breaks things under a running Roster, and checks that it keeps what it promises.

usage: run.py [--cycles N] [--only NAME] --roster PATH --roster-dynamic PATH

  --roster PATH          the program as it is shipped
  --roster-dynamic PATH  the same, dynamically linked (a debug build), to preload faults into
  --only NAME            only tests whose name contains this
  --cycles N             how often to kill -9 (200)
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True

import backup
import bounds
import canaries
import clients
import clock
import crash
import crowd
import damage
import disk
import doctor
import events
import failpoints
import feedid
import forgetting
import fuzz
import halfway
import history
import hosts
import imports
import limits
import lock
import migrate
import moved
import names
import neighbours
import newstore
import pace
import paths
import powerloss
import readers
import refusals
import restore
import restored
import samekey
import sandbox
import strangers
import surroundings
import taken
import timing
import walreset
from rig import Rig, play

MODULES = (
    crash, walreset, moved, lock, crowd, disk, damage, clients, newstore, backup, doctor, fuzz,
    failpoints, events, pace, powerloss, history, samekey, canaries, timing, limits, clock, migrate,
    names, readers, neighbours, paths, restore, restored, halfway, refusals, taken, feedid,
    strangers, imports, bounds, forgetting, sandbox, surroundings, hosts)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cycles", type=int, default=200)
    options.add_argument("--only", default="")
    options.add_argument("--roster", required=True)
    options.add_argument("--roster-dynamic", required=True)
    options = options.parse_args()
    crash.cycles = options.cycles
    only = options.only.replace(" ", "_")
    tests = [t for module in MODULES for t in module.TESTS if only in t.__name__]
    rig = Rig(os.path.abspath(options.roster), os.path.abspath(options.roster_dynamic))
    failed = play(tests, rig)
    rig.close()
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())

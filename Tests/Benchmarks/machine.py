"""The machine that the figures depend on."""

import os
import platform
import shutil
import sqlite3
import subprocess

import build
from sides import python

#: With more programs than this running, expect noise.
LOAD_MAX = 2


def describe(folder):
    """The hardware, system and versions."""
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": f"Linux {platform.release()}",
        "file_system": build.file_system(folder),
        "python": version(python()),
        "sqlite": sqlite3.sqlite_version,
        "swift": version("swiftc"),
        "rust": version("rustc"),
        "c": version("cc"),
        "load": round(os.getloadavg()[0], 1),
    }


def sentence(machine):
    busy = " (other programs are running: expect noise)" if machine["load"] >= LOAD_MAX else ""
    return ("{processor}, {cores} cores, {system}; {file_system}; {python}, SQLite {sqlite}; "
            "{swift}; {rust}; {c}; load average {load}".format(**machine) + f"{busy}.")


def version(program):
    if shutil.which(program) is None:
        return f"no {program}"
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    return (done.stdout.splitlines() or [f"no {program}"])[0]

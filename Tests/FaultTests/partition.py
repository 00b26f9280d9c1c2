"""Two machines with networks of their own (namespaces of the kernel), one of which loses the
PostgreSQL server: nothing tells its connections. The other one goes on."""

import contextlib
import os
import subprocess
import time

from cluster import Cluster, Creator, Record, running
from rig import OWNER, Server, check, test, wait_for

# Seconds; the longest also with `--full`. A trip ends after 10.
CUTS = (2,), (2, 12, 30)
# A lock that a lost machine holds is free after 10 s.
OTHERS_WAIT_SECONDS_MAX = 17
NETWORK = "10.213"


class Machine:
    """A namespace, connected to this one by a pair of interfaces."""

    def __init__(self, at):
        self.name = f"roster{os.getpid() % 10000}-{at}"
        self.near, self.far = f"{self.name}n", f"{self.name}f"
        self.address = f"{NETWORK}.{at}.1"
        self.other = f"{NETWORK}.{at}.2"

    def make(self):
        inside = ["netns", "exec", self.name, "ip"]
        for words in (
                ["netns", "add", self.name],
                ["link", "add", self.near, "type", "veth", "peer", "name", self.far],
                ["link", "set", self.far, "netns", self.name],
                ["address", "add", self.address + "/24", "dev", self.near],
                ["link", "set", self.near, "up"],
                [*inside, "address", "add", self.other + "/24", "dev", self.far],
                [*inside, "link", "set", self.far, "up"]):
            if ip(*words) != 0:
                return False
        return True

    def remove(self):
        ip("link", "delete", self.near)
        ip("netns", "delete", self.name)

    def connect(self, is_connected):
        check(ip("link", "set", self.near, "up" if is_connected else "down") == 0, "no link")


def ip(*words):
    try:
        return subprocess.run(["ip", *words], capture_output=True).returncode
    except FileNotFoundError:
        return 127


class Networked(Cluster):
    """A server that other machines reach; `serve` starts a process on one of them."""

    def __init__(self, rig, machines):
        self.machines = machines
        super().__init__(rig, listen_addresses="*")

    def fill(self):
        super().fill()
        with open(os.path.join(self.data, "pg_hba.conf"), "a") as file:
            file.write(f"host all all {NETWORK}.0.0/16 trust\n")

    def serve(self, at):
        machine = self.machines[at]
        server = Server(
            ["ip", "netns", "exec", machine.name, self.rig.roster, "serve", "--as", OWNER,
             "--store", f"postgres://roster@{machine.address}:{self.port}/postgres?schema=roster"
             "&sslmode=disable"], {})
        self.rig.servers.append(server)
        return server


@test
def a_machine_that_loses_the_network_neither_loses_a_write_nor_stops_the_other(rig):
    machines = [Machine(at) for at in range(2)]
    with contextlib.ExitStack() as stack:
        for machine in machines:
            stack.callback(machine.remove)
            if not machine.make():
                return "not run: this user may not make networks"
        cluster = stack.enter_context(running(Networked(rig, machines)))
        return "; ".join(parted(cluster, seconds) for seconds in rig.times(*CUTS))


def parted(cluster, seconds):
    """Parts the first machine from the server for so long, while both create."""
    records = [Record(), Record()]
    creators = [
        Creator(cluster, record, f"c{seconds}-{at}-", at) for at, record in enumerate(records)]
    for creator in creators:
        creator.start()
    for record in records:
        wait_for(lambda: len(record.kept) > 20, 30, "creating")
    cluster.machines[0].connect(False)
    before = len(records[0].kept)
    time.sleep(seconds)
    # An answer may have been under way.
    check(len(records[0].kept) <= before + 1, "the network was not parted")
    cluster.machines[0].connect(True)
    for record in records:
        count = len(record.kept)
        wait_for(lambda: len(record.kept) > count + 20, 60, "creating after the cut")
    for creator in creators:
        creator.finish()
    for record in records:
        record.check(cluster)
    check(records[1].longest < OTHERS_WAIT_SECONDS_MAX, "the other machine waited for too long")
    return (
        f"{seconds} s: the parted {records[0].note_text()}; the other {records[1].note_text()}")

"""Compares three records: the replies to eight processes that updated the same accounts by
`expected_version` while some of them were killed, the feed's events, and the reads of a reader."""

import copy
import random
import threading
import time

from rig import Failed, check, expect_failure, problem, test

PROCESSES = 8
ACCOUNTS = 20
SECONDS = 6
CONTROL_SECONDS = 1
# The longest pause between two kills.
PAUSE_SECONDS_MAX = 0.1
PAGE_EVENTS = 1000
AWAY_PAUSE_SECONDS = 0.02


class History:
    """All replies. An attempt is: the account; the version and text that were read; the text to be
    written; and the version in the reply, which is 0 if it was refused, and None if nothing says
    what became of it: the process was killed before the reply, or the outcome is unknown."""

    def __init__(self):
        self.attempts = []
        # Account, version and text of each read, and the latest version acknowledged before it.
        self.reads = []
        self.chains = {}
        # Kills, and replies that the outcome is unknown.
        self.kills = 0


class Store:
    """One store and all processes that use it, which `serve` starts."""

    # Whether the store is on a database server, which a test may disturb.
    may_be_away = False

    def __init__(self, serve, has_expectation=True):
        self.serve = serve
        self.has_expectation = has_expectation
        self.history = History()
        self.emails = [f"u{at}@example.org" for at in range(ACCOUNTS)]
        self.acknowledged = dict.fromkeys(self.emails, 1)
        self.servers = {}
        self.victims = set()
        self.stopping = threading.Event()
        self.problems = []
        server = serve()
        for email in self.emails:
            check("result" in server.create(email, job_title="new"), "a create was refused")
        check(server.close() == 0, server.complaint())

    def run(self, disturb, seconds):
        """Lets the processes work until `disturb` has returned, after about so many seconds."""
        threads = [
            threading.Thread(target=self.guarded, args=(self.update, f"p{at}"))
            for at in range(PROCESSES)]
        threads.append(threading.Thread(target=self.guarded, args=(self.read, "reader")))
        for thread in threads:
            thread.start()
        self.guarded(disturb, seconds)
        self.stopping.set()
        for thread in threads:
            thread.join()
        check(not self.problems, self.problems[:1])
        for server in set(self.servers.values()) - self.victims:
            check(server.close() == 0, server.complaint())

    def guarded(self, deed, fact):
        try:
            deed(fact)
        except Failed as failure:
            self.problems.append(str(failure))
            self.stopping.set()

    def start(self, name):
        self.servers[name] = self.serve()
        return self.servers[name]

    def update(self, name):
        dice, server, count = random.Random(name), self.start(name), 0
        while not self.stopping.is_set():
            count += 1
            email, text = dice.choice(self.emails), f"{name}-attempt-{count}"
            user = self.ask(server, "users.get", user_id=email)
            if user is None:
                server = self.start(name)
            if not user:
                continue
            version = user["version"]
            expected = {"expected_version": version} if self.has_expectation else {}
            attempt = [email, version, user["job_title"], text, None]
            self.history.attempts.append(attempt)
            after = self.ask(server, "users.update", user_id=email, job_title=text, **expected)
            if after is None:
                server = self.start(name) if server in self.victims else server
                continue
            check(not after or after["job_title"] == text, f"{text} got {after}")
            attempt[-1] = after["version"] if after else 0
            # Threads can arrive here in another order than their versions.
            self.acknowledged[email] = max(self.acknowledged[email], attempt[-1])

    def ask(self, server, method, **params):
        """The user; {} if the version did not match or a database server is away; None if the
        process was killed or the outcome is unknown."""
        reply = server.wait(server.send(method, **params))
        kind, reason = problem(reply) or (None, None)
        if (kind, reason) == ("conflict", "version_mismatch"):
            return {}
        if kind == "storage_unavailable" and self.may_be_away:
            time.sleep(AWAY_PAUSE_SECONDS)
            return {}
        if kind == "outcome_unknown" and self.may_be_away:
            self.history.kills += 1
            return None
        check(reply or server in self.victims, f"no reply; {server.complaint()}")
        check(reply is None or "result" in reply, f"{method} was refused: {reply}")
        return reply and reply["result"]

    def kill(self, seconds):
        dice, deadline = random.Random(1), time.monotonic() + seconds
        while time.monotonic() < deadline and not self.stopping.is_set():
            time.sleep(dice.uniform(0, PAUSE_SECONDS_MAX))
            victim = self.servers.get(f"p{dice.randrange(PROCESSES)}")
            if victim and victim.is_running():
                self.victims.add(victim)
                victim.process.kill()
                self.history.kills += 1

    def read(self, name):
        dice, server = random.Random(name), self.start(name)
        while not self.stopping.is_set():
            email = dice.choice(self.emails)
            least = self.acknowledged[email]
            if user := self.ask(server, "users.get", user_id=email):
                self.history.reads.append((email, user["version"], user["job_title"], least))

    def read_feed(self):
        """Reads the texts of each account in the order of the feed; version 1 is the first."""
        server, after, chains = self.serve(), 0, {email: [] for email in self.emails}
        has_more = True
        while has_more:
            page = server.result("users.events", after=after, limit=PAGE_EVENTS)
            for event in page["events"]:
                check(event["seq"] == after + 1, f"event {event['seq']} follows event {after}")
                after = event["seq"]
                if event["email"] in chains:
                    self.add(chains[event["email"]], event)
            has_more = page["has_more"]
        for email, chain in chains.items():
            user = server.result("users.get", user_id=email)
            check(
                (user["version"], user["job_title"]) == (len(chain), chain[-1]),
                f"{email} is at version {user['version']}, and the feed has {len(chain)}")
        check(server.close() == 0, server.complaint())
        self.history.chains = chains

    @staticmethod
    def add(chain, event):
        change = event["changes"]["job_title"]
        before = chain[-1] if chain else None
        check(change["before"] == before, f"expected {before} before {event}")
        chain.append(change["after"])


def check_history(history):
    """Checks that every reply and every read agrees with the chain of versions in the feed. Returns
    the numbers of acknowledged updates, of unanswered ones, and of those that were kept."""
    told, chains = {}, history.chains
    for email, expected, before, text, version in history.attempts:
        if not version:
            continue
        other = told.setdefault((email, version), text)
        check(other == text, f"a fork: version {version} of {email} is {other} and {text}")
        check(version == expected + 1, f"version {expected} became {version}")
        check(chains[email][version - 1:version] == [text], f"the feed has no {text} for {email}")
        check(chains[email][expected - 1] == before, f"{text} was not written over {before}")
    kept = {text for chain in chains.values() for text in chain[1:]}
    check(len(kept) == sum(len(chain) - 1 for chain in chains.values()), "a text occurs twice")
    unknown = {text for *_, text, version in history.attempts if version is None}
    unasked = kept - set(told.values()) - unknown
    check(not unasked, f"the feed has {unasked}, refused or never sent")
    check(len(unknown) <= history.kills, f"{len(unknown)} unanswered of {history.kills} killed")
    check_reads(history)
    return len(told), len(unknown), len(kept & unknown)


def check_reads(history):
    seen = {}
    for email, version, text, least in history.reads:
        check(version >= seen.get(email, 1), f"{email} goes back to {version}")
        check(version >= least, f"{email} is read at {version}, after {least} was acknowledged")
        check(history.chains[email][version - 1:version] == [text], f"{text} was read from {email}")
        seen[email] = version


@test
def the_versions_of_each_account_form_one_chain(rig):
    """No version is acknowledged twice, the feed holds the same chain, and a reader sees neither an
    earlier version than before nor one older than the latest that was acknowledged before the
    read."""
    history = written(rig, SECONDS)
    told, unknown, kept = check_history(history)
    refused = sum(version == 0 for *_, version in history.attempts)
    facts = (
        f"{told} updates, {refused} refused; {history.kills} kills, {unknown} of them in an update,"
        f" of which {kept} were kept; {len(history.reads)} reads")
    check(refused and unknown, "there was no conflict or no kill during an update: " + facts)
    return facts


def written(rig, seconds, kills=True, **facts):
    path = rig.store()
    store = Store(lambda: rig.serve(path), **facts)
    store.run(store.kill if kills else time.sleep, seconds)
    store.read_feed()
    return store.history


@test
def updates_without_expected_version_are_seen_to_break_the_chain(rig):
    """A control: without `expected_version`, the check of the chain must fail."""
    history = written(rig, CONTROL_SECONDS, kills=False, has_expectation=False)
    return expect_failure(lambda: check_history(history), "lost updates pass")


@test
def a_fork_a_loss_and_a_step_back_are_noticed(rig):
    """A control: each change of a recorded history must be noticed."""
    history = written(rig, CONTROL_SECONDS)
    check_history(history)
    for name, (words, tamper) in TAMPERING.items():
        changed = copy.deepcopy(history)
        tamper(changed)
        caught = expect_failure(lambda: check_history(changed), name)
        check(words in caught, f"{name} is taken for something else: {caught}")
    return f"{len(TAMPERING)} kinds"


def fork(history):
    email, expected, before, text, version = latest(history)
    history.attempts.append([email, expected, before, "another " + text, version])


def lose(history):
    email, *_, version = latest(history)
    del history.chains[email][version - 1:]


def swap(history):
    email, *_, at = latest(history)
    chain = history.chains[email]
    chain[at - 2], chain[at - 1] = chain[at - 1], chain[at - 2]


def refuse(history):
    latest(history)[-1] = 0


def write_over_another(history):
    latest(history)[2] = "text without an update"


def read(history, version=0, text=None, least=1):
    """Adds a read of a version that differs by `version` from the last one."""
    email, seen, *_ = next(read for read in reversed(history.reads) if read[1] > 1)
    text = text or history.chains[email][seen + version - 1]
    history.reads.append((email, seen + version, text, seen + least))


def tell_of_nobody(history):
    history.chains[latest(history)[0]].append("text without an update")


def tell_twice(history):
    chain = history.chains[latest(history)[0]]
    chain.append(chain[-1])


def forget_kills(history):
    history.kills = sum(attempt[-1] is None for attempt in history.attempts) - 1


def latest(history):
    """The last attempt that was acknowledged."""
    return next(attempt for attempt in reversed(history.attempts) if attempt[-1])


# Each kind of tampering, with part of the message that the check must give.
TAMPERING = {
    "one version for two updates": ("a fork", fork),
    "acknowledged updates that the feed lacks": ("the feed has no", lose),
    "two swapped events": ("the feed has no", swap),
    "a duplicate event": ("occurs twice", tell_twice),
    "an event without an update": ("the feed has", tell_of_nobody),
    "a refused update that is in the feed": ("refused", refuse),
    "an update of another text than was read": ("was not written over", write_over_another),
    "a missing reply without a kill": ("unanswered", forget_kills),
    "a read of an earlier version": ("goes back", lambda history: read(history, version=-1)),
    "a read of an outdated version": ("was acknowledged", read),
    "a read of another text": ("was read", lambda history: read(history, text="x", least=0)),
}

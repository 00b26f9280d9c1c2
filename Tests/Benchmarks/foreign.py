"""Rows of searches in one organization: the time must not show what other organizations hold.

Two stores have the same members and as many others. In one of them, the names of the others match
the search. A caller who is limited to the organization sends the same request to both in turn.
"""

import random

import dataset
import stores
from build import note
from plan import Plan
from sides import FILE
from table import Between, Row

HOME = "home"
MEMBERS = 1_000
#: Words of the same length, so that both stores have the same size.
WORD, OTHER_WORD = "Zanzibar", "Quagmire"
MATCHING_MEMBERS = 5
SEARCHES = {"a word": "zanzibar", "3 letters": "zan", "2 letters": "zi", "1 letter": "z"}
PAIRS_EACH = 10
SHARE_MIN, SHARE_MAX = 40, 60


def people(foreigners, word):
    """The members, some of whom match, and then the others, all with the word."""
    for index in range(MEMBERS):
        surname = WORD if index % (MEMBERS // MATCHING_MEMBERS) == 0 else "Bellow"
        yield person(HOME, surname, index)
    for index in range(foreigners):
        yield person(f"org-{index % 20}", word, MEMBERS + index)


def person(organization, surname, index):
    first = ("Anna", "Bela", "Cleo", "Dora")[index % 4]
    return {"email": f"{first}.{surname}.{index}@people.example".lower(),
            "name": f"{first} {surname}", "org_id": organization}


def plans(session):
    rows = {search: Row(f"search of {name} in one organization: pairs slower with foreign matches",
                        "%", [Between(FILE, None, SHARE_MAX, unit=" %", least=SHARE_MIN)])
            for name, search in SEARCHES.items()}
    control = Row("the same of a word, both stores without foreign matches", "%", [])

    def fill():
        note("measuring searches beside foreign matches")
        for roster in session.rosters:
            matching, other, equal = (
                make_store(session, roster, name, word) for name, word in (
                    ("matching", WORD), ("other", OTHER_WORD), ("equal", OTHER_WORD)))
            for search, row in rows.items():
                row.add(roster.file, share_slower(session, matching, other, search))
            control.add(roster.file, share_slower(session, equal, other, SEARCHES["a word"]))

    if session.roster:
        yield Plan([*rows.values(), control], fill)


def make_store(session, roster, name, word):
    count = session.amounts.foreign_users
    path = dataset.write_lines(session.folder / "people.jsonl",
                               map(dataset.compact, people(count, word)))
    store = stores.RosterFile.init(roster, session.folder / f"foreign-{name}-{roster.slug}")
    store.import_users(path, MEMBERS + count)
    store.warm()
    return store


def share_slower(session, matching, other, search):
    """The percentage of pairs in which the store with the foreign matches was slower.

    New processes for every few pairs: what a process happens to have where in memory would
    otherwise decide all of them.
    """
    requests = dataset.write_requests(
        session.folder / "search.jsonl", "users.list", [{"query": search}] * PAIRS_EACH)
    sides = [store.roster.file_side(store.store, "--org", HOME) for store in (matching, other)]
    chance = random.Random(dataset.SEED)
    slower = []
    for _ in range(session.amounts.pair_processes):
        is_swapped = chance.random() < 0.5
        first, second = sides[::-1] if is_swapped else sides
        measured = session.driver.measure_pinned(
            "pairs", first, requests, second=second.command)
        for one, two in zip(measured["first"], measured["second"]):
            slower.append((two > one) if is_swapped else (one > two))
    return 100 * sum(slower) / len(slower)

"""Synthetic users and the requests about them, identical on every run."""

import datetime
import json
import random

SEED = 20_250_611
USERS_PER_ORGANIZATION = 1_000
RARE_NAMES = 100
USERS_PER_RARE_NAME = 5

FIRST_NAMES = (
    "Amélie", "Anders", "Beatriz", "Björn", "Carla", "Chidi", "Daniel", "Dilnoza", "Elena",
    "Emeka", "Fatima", "Felix", "Grace", "Hana", "Hiroshi", "Ingrid", "Ivan", "Jamal", "Joanna",
    "Kwame", "Leila", "Liam", "Lucía", "Marek", "Maria", "Mei", "Nadia", "Noah", "Olga", "Omar",
    "Priya", "Quentin", "Rosa", "Samuel", "Sofia", "Tariq", "Uma", "Viktor", "Wanjiru", "Yusuf",
)
LAST_NAMES = (
    "Abara", "Andersen", "Baker", "Castillo", "Chen", "Dubois", "Eriksson", "Fernández",
    "Fischer", "García", "Haddad", "Horvat", "Ito", "Jensen", "Johnson", "Kamara", "Kowalski",
    "Lindqvist", "López", "Martin", "Mbeki", "Moreau", "Müller", "Nakamura", "Nguyen", "Novák",
    "Okafor", "Patel", "Petrova", "Rahman", "Rossi", "Santos", "Schneider", "Silva", "Smith",
    "Tanaka", "Taylor", "Ünal", "Weber", "Zhang",
)
COMPANIES = (
    "Alder & Finch", "Blue Harbour", "Cobalt Works", "Dunmore Logistics", "Evergreen Labs",
    "Fjord Systems", "Granite Foods", "Helios Energy", "Ionic Design", "Juniper Health",
)
JOB_TITLES = (
    "Accountant", "Data Analyst", "Engineering Manager", "Office Administrator",
    "Product Designer", "Sales Representative", "Software Engineer", "Support Specialist",
)
LOCALES = ("de-DE", "en-GB", "en-US", "es-MX", "fr-FR", "ja-JP", "pt-BR")
TEAMS = ("billing", "design", "infra", "mobile", "research", "support", "web")


def ascii_letters(name):
    """A name as in an email: lower-case ASCII letters only."""
    plain = name.lower().translate(str.maketrans("éíóúáüöñ", "eiouauon"))
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def rare_names():
    """Surnames of eight letters that are not in the lists above, and that no two users share by
    chance. Parts of them occur in other names, as with real names."""
    chance = random.Random(SEED)
    names = set()
    while len(names) < RARE_NAMES:
        syllables = (chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(4))
        names.add("".join(syllables).capitalize())
    return sorted(names)


def rare_trigrams():
    """Texts of three letters that occur in no other name or address."""
    return ["q" + second + third for second in "bcdfghjklm" for third in "npqrstvwxz"]


def metadata(chance):
    """Random metadata: none for some users, little for most, much for a few."""
    kind = chance.random()
    if kind < 0.2:
        return {}
    value = {"locale": chance.choice(LOCALES), "seat": chance.randrange(10_000)}
    if kind > 0.5:
        value["teams"] = chance.sample(TEAMS, chance.randrange(1, 4))
    if kind > 0.95:
        value["notes"] = {"start": "2023-04-01", "text": "Works from home on Fridays. " * 8}
    return value


def uuid7(index, chance):
    """A version 7 UUID with increasing time, as the id of a user in the peers."""
    value = (1_700_000_000_000 + index) << 80 | 7 << 76 | chance.getrandbits(12) << 64
    value |= 2 << 62 | chance.getrandbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def surname(index, count, chance, rare, trigrams):
    """A common surname, or at regular intervals a rare one: the same number of rare ones at every
    size."""
    step = max(1, count // (RARE_NAMES * USERS_PER_RARE_NAME))
    place, off = divmod(index, step)
    if off == 0 and place < RARE_NAMES * USERS_PER_RARE_NAME:
        which = place % RARE_NAMES
        return f"{rare[which]} {trigrams[which]}"
    return chance.choice(LAST_NAMES)


def users(count, label="user", has_rare_names=True):
    """Yields `count` users. Another label gives other emails."""
    chance = random.Random(f"{SEED} {label} {count}")
    rare, trigrams = rare_names(), rare_trigrams()
    organizations = max(1, count // USERS_PER_ORGANIZATION)
    for index in range(count):
        first = chance.choice(FIRST_NAMES)
        last = (surname(index, count, chance, rare, trigrams) if has_rare_names
                else chance.choice(LAST_NAMES))
        company = chance.choice(COMPANIES)
        mailbox = f"{ascii_letters(first)}.{ascii_letters(last)}.{label}{index}"
        user = {
            "id": uuid7(index, chance),
            "email": f"{mailbox}@{ascii_letters(company)}.example",
            "name": f"{first} {last}",
            "org_id": organization(index % organizations),
            "company": company,
            "job_title": chance.choice(JOB_TITLES),
            "metadata": metadata(chance),
        }
        yield user


def varied_users(count):
    """Users with what filters look for: roles, groups, states, flags, providers, times."""
    return map(varied_user, range(count))


def varied_user(index):
    """One in ten or a hundred has each trait, one in a thousand a rare one. Times are five
    minutes apart from January 2021 on."""
    at = timestamp(index * 300)
    chance = random.Random(f"{SEED} varied {index}")
    last = "Qvist" if index % 1000 == 7 else chance.choice(LAST_NAMES)
    first = chance.choice(FIRST_NAMES)
    domain = "seldom.example" if index % 1000 == 9 else "varied.example"
    user = {
        "email": f"{ascii_letters(first)}.{ascii_letters(last)}.varied{index}@{domain}",
        "name": f"{first} {last}",
        "org_id": f"varied-{index % 100}",
        "roles": ["member", "auditor"] if index % 1000 == 3 else ["member"],
        "auto_groups": ["night", "north"] if index % 10 == 1 else [],
        "is_active": index % 100 != 2,
        "is_blocked": index % 100 == 4,
        "is_service_account": index % 100 == 5,
        "is_developer": index % 10 != 6,
        "email_verified": index % 10 == 7,
        "created_at": at,
        "updated_at": at,
    }
    if index % 1000 == 8:
        user["username"] = f"varied{index}"
    if index % 10 == 9:
        user |= {"oauth_provider": "okta", "oauth_id": f"okta-{index}"}
    if index % 2 == 1:
        user["last_login"] = at
    return user


def timestamp(seconds):
    """RFC 3339, so many seconds after the start of 2021."""
    moment = datetime.datetime(2021, 1, 1) + datetime.timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


def organization(index):
    return f"org-{index:06d}"


def without_id(user):
    return {name: value for name, value in user.items() if name != "id"}


def short(user):
    """The least that an account has."""
    return {name: user[name] for name in ("email", "name", "org_id")}


def tool_call(index, tool, arguments):
    """The same as a request, by which an agent calls a tool over MCP."""
    return request(index, "tools/call", {"name": tool, "arguments": arguments})


def request(index, method, params):
    envelope = {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
    return compact(envelope)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
    return path


def write_requests(path, method, all_params):
    """Writes a request file: one method, and a line for each set of params."""
    lines = (request(index + 1, method, params) for index, params in enumerate(all_params))
    return write_lines(path, lines)

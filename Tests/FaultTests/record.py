"""Accounts and events as a store keeps them: records, which hold all of an account, and the columns
beside them that repeat parts for indexes."""

import datetime
import json
import struct

from harness import check

NUMBERS = ("flags", "version", "updated_at", "last_login", "deleted_at")
TEXTS = (
    "name", "roles", "auto_groups", "metadata", "email", "username", "organization_id",
    "avatar_url", "company", "job_title", "oauth_provider", "oauth_id")
#: The columns that repeat a value of the record as it is.
COPIES = (
    "flags", "updated_at", "deleted_at", "last_login", "organization_id", "username", "auto_groups",
    "oauth_provider", "oauth_id")
#: The flags that callers see as fields of their own.
FLAGS = {
    "is_superuser": 9, "is_active": 0, "is_blocked": 1, "is_service_account": 4,
    "is_developer": 5, "is_internal": 6, "email_verified": 7, "has_completed_onboarding": 8}
#: The types of events; the number of the first is 1.
TYPES = (
    "user_created", "user_updated", "user_deleted", "user_restored", "user_invited",
    "invitation_accepted", "password_reset_requested", "password_changed", "token_created",
    "token_revoked", "policy_changed")
LIST_END = "\x1f"
USUAL_ROLES = LIST_END + "member" + LIST_END
#: The record in an event of a creation, as SQL: its own, or that of the account.
CREATION = "coalesce(changes, (SELECT record FROM users WHERE key = user_key))"
WORD_MAX = (1 << 64) - 1
#: Accounts that the trigram index may lack.
WAITING_MAX = 256


# --- Checksums ----------------------------------------------------------------------------------


class Mix:
    """A checksum of values that are added one after the other."""

    def __init__(self):
        self.state = 0x9E3779B97F4A7C15

    def add(self, number):
        state = (self.state ^ (number & WORD_MAX)) * 0xBF58476D1CE4E5B9 & WORD_MAX
        self.state = state ^ state >> 32

    def add_bytes(self, data):
        self.add(len(data))
        whole = len(data) // 8
        for word in struct.unpack_from(f"<{whole}Q", data):
            self.add(word)
        for byte in data[whole * 8:]:
            self.add(byte)

    @property
    def value(self):
        """As SQLite stores it: with a sign."""
        return self.state - (self.state >> 63 << 64)


def checksum(content, key):
    mix = Mix()
    mix.add(key)
    mix.add_bytes(content)
    return mix.state


# --- Records ------------------------------------------------------------------------------------


def decode(record, key):
    """The account in a record, by the names of its columns, with `key` and `tail`. Texts that are
    missing are None, and lists are packed."""
    content = record[:-8]
    is_sound = len(record) >= 16 and checksum(content, key) == struct.unpack("<Q", record[-8:])[0]
    check(is_sound, f"the record of the account {key} does not match its checksum")
    account = {"key": key, "tail": struct.unpack_from("<q", content)[0]}
    at = 8
    for name in NUMBERS:
        number, at = varint(content, at)
        account[name] = number_of(number)
    for name in TEXTS:
        count, at = varint(content, at)
        account[name] = content[at:at + count].decode() if count else None
        at += count
    check(at == len(content), f"the record of the account {key} has bytes that mean nothing")
    return account


def number_of(kept):
    """A number from its varint: 0 for None, else the zigzag number plus one."""
    if kept == 0:
        return None
    return (kept - 1) >> 1 ^ -((kept - 1) & 1)


def varint(data, at):
    """A varint, and the place after it. Columns at the end may be missing."""
    number = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    return number, at


def encode(account):
    """The record of an account, with its checksum."""
    content = bytearray(struct.pack("<q", account["tail"]))
    for name in NUMBERS:
        number = account[name]
        put_varint(content, 0 if number is None else ((number << 1 ^ number >> 63) & WORD_MAX) + 1)
    for name in TEXTS:
        text = (account[name] or "").encode()
        put_varint(content, len(text))
        content += text
    return bytes(content) + struct.pack("<Q", checksum(content, account["key"]))


def put_varint(content, number):
    while number >= 0x80:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)


def unpacked(packed):
    return packed.split(LIST_END)[1:-1] if packed else []


def id_of(account):
    """The usual text of an account's id."""
    key, tail = account["key"], account["tail"]
    high = key >> 21 << 16 | 0x7000 | key >> 9 & 0xFFF
    low = 1 << 63 | (key & 0x1FF) << 53 | tail
    text = f"{high:016x}{low:016x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def time_text(milliseconds):
    if milliseconds is None:
        return None
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds") + "Z"


def fields(account):
    """The fields that callers get."""
    flags = account["flags"]
    is_active, is_blocked, is_invited, is_deleted = (flags >> bit & 1 for bit in range(4))
    status = (
        "deleted" if is_deleted else "disabled" if is_blocked or not is_active
        else "invited" if is_invited else "active")
    chosen = None if account["oauth_provider"] else account["username"]
    return {
        **{name: account[name] for name in (
            "email", "name", "organization_id", "avatar_url", "company", "job_title",
            "oauth_provider", "oauth_id", "version")},
        **{name: bool(flags >> bit & 1) for name, bit in FLAGS.items()},
        **{name: unpacked(account[name]) for name in ("roles", "auto_groups")},
        **{name: time_text(account[name]) for name in ("last_login", "updated_at", "deleted_at")},
        "id": id_of(account), "created_at": time_text(account["key"] >> 21), "status": status,
        "username": chosen or account["email"] or id_of(account),
        "metadata": json.loads(account["metadata"] or "{}"),
    }


def creation(account):
    """The changes in the event of the account's creation."""
    untold = ("id", "created_at", "updated_at", "version")
    return {
        name: {"before": None, "after": value} for name, value in fields(account).items()
        if name not in untold and value not in (None, False, [], {})}


# --- The tables of accounts and events ----------------------------------------------------------


def copies(account):
    """The columns that repeat parts of the record. Those for searching are not among them, because
    they follow from it by the rules of Unicode."""
    return {
        **{name: account[name] for name in COPIES},
        "email": account["email"] or " " + id_of(account),
        "roles": None if account["roles"] == USUAL_ROLES else account["roles"] or "",
    }


def rows(base):
    """All accounts, oldest first. Checks each record, and the columns that repeat parts of it."""
    found = []
    table = base.execute("SELECT * FROM users NOT INDEXED ORDER BY key")
    names = [column[0] for column in table.description]
    check("record" in names, "the store is of another format")
    for row in table:
        kept = dict(zip(names, row))
        account = decode(kept["record"], kept["key"])
        wanted = {**copies(account), **search_texts(account)}
        wrong = {name: kept[name] for name in wanted if kept[name] != wanted[name]}
        check(not wrong, f"columns beside the record of {account} are {wrong}")
        found.append(account)
    return found


def search_texts(account):
    """The columns for searching, as far as they are simple."""
    name, email = account["name"], account["email"]
    wanted = {}
    if name.isascii() and name.replace(" ", "").isalnum():
        wanted["search_name"] = name.lower()
    if email is None:
        wanted["search_email"] = ""
    elif email.isascii():
        wanted["search_email"] = None
    return wanted


def account_of(base, email):
    key, record = base.execute(
        "SELECT key, record FROM users WHERE email = ?", (email,)).fetchone()
    return decode(record, key)


def put(base, account):
    """Writes the account's record and the columns that repeat parts of it, as Roster does."""
    columns = {**copies(account), **search_texts(account), "record": encode(account)}
    sets = ", ".join(f"{name} = ?" for name in columns)
    base.execute(
        f"UPDATE users SET {sets} WHERE key = ?", (*columns.values(), account["key"]))


def flipped(record):
    """A record with one flipped bit in its middle."""
    content = bytearray(record)
    content[len(content) // 2] ^= 1
    return bytes(content)


def add_functions(base):
    """Lets SQL call `flipped`."""
    base.create_function("flipped", 1, flipped)


def events(base, after=0):
    """The events after `after`, oldest first, as dictionaries of the columns (see `as_told`)."""
    rows = base.execute(
        "SELECT events.*, record FROM events LEFT JOIN users ON key = user_key"
        " WHERE seq > ? ORDER BY seq", (after,))
    names = [column[0] for column in rows.description]
    return [as_told(dict(zip(names, row))) for row in rows]


def as_told(event):
    """A row of the table of events, with the word for its type, and with the list of changes and
    the email of a creation. While the account is as it was created, its own record tells both."""
    check(0 < event["type"] <= len(TYPES), f"an event of an unknown type: {event}")
    own = event.pop("record")
    if event["changes"] is None:
        check(own is not None, f"nothing tells the changes of {event}")
        check(event["type"] == 1, f"no creation, and without changes: {event}")
        event["changes"] = own
    told = {**event, "type": TYPES[event["type"] - 1]}
    for name in ("changes", "entry"):
        if isinstance(event[name], bytes):
            account = decode(event[name], event["user_key"])
            check(account["tail"] == event["user_tail"], f"the account of another id in {event}")
            is_unchanged = name == "entry" or event["type"] != 1 or account["version"] == 1
            check(is_unchanged, f"the creation of an account that has changed since: {event}")
            told[name] = json.dumps(creation(account))
            if name == "changes":
                check(event["email"] is None, f"an email beside a record in {event}")
                told["email"] = account["email"]
    return told


# --- What follows from the accounts ---------------------------------------------------------------


def check_counts(base, accounts, table="counts"):
    kept = dict(((s, f), n) for s, f, n in base.execute(f"SELECT * FROM {table}") if n != 0)
    counted = {}
    for account in accounts:
        organization, flags = account["organization_id"], account["flags"]
        for scope in [""] + ([":" + organization] if organization else []):
            counted[scope, flags] = counted.get((scope, flags), 0) + 1
    check(kept == counted, f"the table {table} holds {kept}, a recount gives {counted}")


def check_search(base):
    """Checks that the index holds exactly the trigrams of all accounts but the newest."""
    mark = "(SELECT CAST(value AS INTEGER) FROM store_settings WHERE name = 'indexed_to')"
    waiting, = base.execute(f"SELECT count(*) FROM users WHERE key > {mark}").fetchone()
    check(waiting <= WAITING_MAX, f"the trigram index lacks {waiting} accounts")
    check_trigrams(base, base.execute(
        "SELECT key, search_name || char(10) || coalesce(search_email, email) || char(10) || char(10)"
        f" FROM users NOT INDEXED WHERE key <= {mark}"))


def check_trigrams(base, texts):
    """Checks that the index holds exactly the trigrams of these texts, each with its key."""
    base.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, user_search, instance)")
    found = set(base.execute("SELECT term, doc FROM temp.terms"))
    wanted = {(text[at:at + 3], key) for key, text in texts for at in range(len(text) - 2)}
    check(
        found == wanted,
        f"the trigram index lacks {len(wanted - found)} and has {len(found - wanted)} extra ones")

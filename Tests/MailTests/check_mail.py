#!/usr/bin/env python3
"""Parses letters with Python's email package, and compares them with the values they were made of.

usage: check_mail.py FOLDER

FOLDER/cases.json is a list of {file, name, email, senderName, senderEmail, subject, secret}; each
file is in the folder. Prints each problem on a line, and exits 1 if there is any.
"""

import email
import email.errors
import email.policy
import json
import os
import re
import sys
from email.header import decode_header, make_header

LINE_BYTES_MAX = 998
HEADERS = [
    "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Auto-Submitted",
]


def shape(data, line_end):
    """Problems of the raw bytes."""
    lines = data.split(line_end)
    if lines.pop() != b"":
        yield "the last line has no end"
    for line in lines:
        if b"\r" in line or b"\n" in line or b"\0" in line:
            yield f"a line end is out of place: {line!r}"
        if len(line) > LINE_BYTES_MAX:
            yield f"a line has {len(line)} bytes"
    head = lines[: lines.index(b"")]
    for line in head:
        if not line.strip():
            yield "a header's line is blank"
        # An address may contain no position where the line can be broken.
        if len(line) > 78 and not re.search(rb"^(\w+:)? <\S+>$", line):
            yield f"a header's line has {len(line)} bytes: {line!r}"
        if b"=?" in line and len(line) > 76:
            yield f"a line with encoded-words has {len(line)} bytes: {line!r}"
        for word in re.findall(rb"=\?.*?\?=", line):
            if len(word) > 75:
                yield f"an encoded-word has {len(word)} bytes"
    if not all(byte < 128 for line in lines[len(head):] for byte in line):
        yield "the body is not ASCII"


def defects(message):
    """Python's complaints, except those about RFC 6532, which it does not support."""
    found = list(message.defects)
    for value in message.values():
        found += value.defects
    return [one for one in found if not isinstance(one, email.errors.NonASCIILocalPartDefect)]


def mailbox(header, raw, name, address):
    """Problems of a header that must contain one name and address."""
    if len(header.addresses) != 1:
        yield f"{len(header.addresses)} addresses"
        return
    found = header.addresses[0]
    local, domain = address.rsplit("@", 1)
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if found.username + "@" + found.domain != f"{local}@{domain}":
        yield f"the address {found.username}@{found.domain}, not {address}"
    # Python before 3.13 keeps spaces between encoded-words here, and elsewhere merges two spaces
    # into one; its older decoder does neither.
    if "".join(found.display_name.split()) != "".join(name.split()):
        yield f"the name {found.display_name}, not {name}"
    phrase = raw.rpartition(" <")[0] if " <" in raw else ""
    if "=?" in phrase and str(make_header(decode_header(phrase))) != name:
        yield f"the name {phrase}, not {name}"
    if "=?" not in phrase and found.display_name != name:
        yield f"the name {found.display_name}, not {name} with its spaces"


def check(case, data):
    line_end = b"\r\n" if case["file"].endswith(".eml") else b"\n"
    yield from shape(data, line_end)
    ascii_only = all(byte < 128 for byte in data)
    policy = email.policy.SMTP if ascii_only else email.policy.SMTPUTF8
    # Parsed from a string, because from bytes Python treats UTF-8 in a header as an error.
    message = email.message_from_string(data.decode("utf-8"), policy=policy)
    for defect in defects(message):
        yield f"defect: {defect!r}"
    if message.keys() != HEADERS:
        yield f"headers {message.keys()}"
        return
    raw = dict(message.raw_items())
    for problem in mailbox(message["To"], raw["To"], case["name"], case["email"]):
        yield f"To has {problem}"
    for problem in mailbox(message["From"], raw["From"], case["senderName"], case["senderEmail"]):
        yield f"From has {problem}"
    if message["Subject"] != case["subject"]:
        yield f"Subject is {message['Subject']}"
    if message["Date"].datetime.utcoffset().total_seconds() != 0:
        yield f"Date is {message['Date']}"
    if not re.fullmatch(r"<[0-9A-Za-z]{22}@[!-~]+>", message["Message-ID"]):
        yield f"Message-ID is {message['Message-ID']}"
    for name, value in message.items():
        if case["secret"] in value:
            yield f"{name} holds the secret"
    if message.get_content_type() != "text/plain" or message.is_multipart():
        yield f"Content-Type is {message['Content-Type']}"
    lines = message.get_content().splitlines()
    if sum(case["secret"] in line for line in lines) != 1:
        yield f"the body does not hold the secret once: {lines}"
    # Spaces break up text that a mail program would turn into a link.
    name = re.sub(r"([.:@\u3002\uff0e\uff61])(?=\S)", r"\1 ", case["name"])
    if lines[0] != (f"Hello {name}," if name else "Hello,"):
        yield f"the greeting is {lines[0]}"


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    found = 0
    for case in cases:
        with open(os.path.join(folder, case["file"]), "rb") as file:
            for problem in check(case, file.read()):
                found += 1
                print(f"{case['file']}: {problem}")
    print(f"{len(cases)} letters, {found} problems")
    sys.exit(1 if found or not cases else 0)


main()

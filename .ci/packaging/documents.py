#!/usr/bin/env python3
"""Copies the documents of a release, and adapts the links between them to their new places.

usage: documents.py FOLDER

FOLDER gets README.md, CHANGELOG.md and share/doc/roster. A link to a file that no release contains
becomes plain text.
"""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = os.path.join("share", "doc", "roster")
# Where each file or folder of the repository goes, below DOCUMENTS.
PLACES = {
    "README.md": "README.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "Sources/roster/Documentation.docc": "pages",
    "examples": "examples",
    "schema": "schema",
}
# These stand also at the top, where whoever unpacks the tarball looks first.
AT_TOP = ("README.md", "CHANGELOG.md")
# These work only in a clone.
LEFT_OUT = ("examples/start.sh",)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")


def place(path):
    """The place of a file or folder of the repository; None if it has none."""
    if path in LEFT_OUT:
        return None
    for source, target in PLACES.items():
        if path == source or path.startswith(source + "/"):
            return DOCUMENTS + "/" + target + path.removeprefix(source)
    return None


def adapted(text, source, target):
    """The text of the page `source`, with links as they are in the page `target`."""

    def replace(link):
        words, path, anchor = link[1], link[2], link[3] or ""
        if not path or ":" in path:
            return link[0]
        named = place(os.path.normpath(os.path.join(os.path.dirname(source), path)))
        if named is None:
            return words
        return f"[{words}]({os.path.relpath(named, os.path.dirname(target))}{anchor})"

    return LINK.sub(replace, text)


def without_links(text):
    """The text of a page that stands alone: only links to the web are left."""
    return LINK.sub(lambda link: link[0] if ":" in link[2] else link[1], text)


def copy(source, target, folder):
    destination = os.path.join(folder, target)
    os.makedirs(os.path.dirname(destination), exist_ok=True)
    if not source.endswith(".md"):
        shutil.copy(os.path.join(ROOT, source), destination)
        return
    with open(os.path.join(ROOT, source), encoding="utf-8") as file:
        text = file.read()
    with open(destination, "w", encoding="utf-8") as file:
        file.write(adapted(text, source, target))


def sources():
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--", *PLACES], check=True, capture_output=True)
    return [path for path in os.fsdecode(listed.stdout).split("\0") if path and place(path)]


def main():
    [folder] = sys.argv[1:]
    for source in sources():
        copy(source, place(source), folder)
    for source in AT_TOP:
        copy(source, source, folder)


if __name__ == "__main__":
    main()

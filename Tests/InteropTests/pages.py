"""Runs the code blocks of the README and the pages in order, as a reader would."""

import json
import os
import re
import subprocess
import sys

from rig import HERE, ROOT, TEST_SECONDS_MAX, check, test

# None is the Python of run.py.
ENVIRONMENTS = (None,)
README = os.path.join(ROOT, "README.md")
PAGES = os.path.join(ROOT, "Sources", "roster", "Documentation.docc")
HOSTS = os.path.join(PAGES, "Hosts.md")
# These blocks need more than a reader's home has; editors.py and examples.py run them.
RUN_ELSEWHERE = ("Hosts.md",)
README_LINES_MAX = 220
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


# --- Reading pages -------------------------------------------------------------------------------


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def section(path, heading):
    """The text below a second-level heading."""
    parts = read(path).split(f"\n## {heading}\n")
    check(len(parts) == 2, f"{path} has {len(parts) - 1} headings {heading}")
    return parts[1].split("\n## ")[0]


def blocks(text):
    """The language and the code of each block; blocks in lists are indented."""
    return [
        (language, "".join(line.removeprefix(indent) for line in code.splitlines(keepends=True)))
        for indent, language, code in BLOCK.findall(text)]


def block(path, heading, language):
    """The only code block in this language below this heading."""
    found = [code for name, code in blocks(section(path, heading)) if name == language]
    check(len(found) == 1, f"{heading} has {len(found)} blocks of {language}")
    return found[0]


def without_blocks(path):
    return BLOCK.sub("", read(path))


def anchors(path):
    """The anchors of a page: each heading as GitHub spells it."""
    found = []
    for heading in re.findall(r"^#+ (.*)$", without_blocks(path), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = found.count(words)
        found.append(f"{words}-{count}" if count else words)
    return found


def links(path):
    """The files and anchors that a page links to, without web addresses."""
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(path)):
        if not link.startswith(("https://", "http://")):
            name, _, anchor = link.partition("#")
            target = os.path.join(os.path.dirname(path), name) if name else path
            yield os.path.normpath(target), anchor


def all_pages():
    folders = [ROOT, PAGES, *(os.path.join(ROOT, *words) for words in (
        ("examples",), ("examples", "import"), ("Tests", "Benchmarks")))]
    return [
        os.path.normpath(os.path.join(folder, name)) for folder in folders
        for name in sorted(os.listdir(folder)) if name.endswith(".md")]


# --- Running blocks ------------------------------------------------------------------------------


class Reader:
    """A reader who has installed Roster, with an empty home."""

    def __init__(self, rig, name):
        self.home = rig.path(name)
        programs = os.path.join(self.home, "bin")
        os.makedirs(programs)
        os.symlink(os.path.realpath(rig.roster), os.path.join(programs, "roster"))
        os.symlink(os.path.realpath(os.path.join(ROOT, "examples")), self.path("examples"))
        self.env = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("XDG_", "ROSTER"))}
        self.env.update(HOME=self.home, PATH=programs + ":" + os.environ["PATH"])

    def path(self, name):
        return os.path.join(self.home, name)

    def follow(self, text):
        """Runs the blocks of a text. Returns how many were run."""
        count = 0
        for language, code in blocks(text):
            if language == "text":
                continue
            check(language in RUNNERS, f"a block of {language!r} can't be run:\n{code}")
            RUNNERS[language](self, code)
            count += 1
        return count

    def run(self, words, code):
        done = subprocess.run(
            words, cwd=self.home, env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", timeout=TEST_SECONDS_MAX)
        check(
            done.returncode == 0,
            f"it ended with {done.returncode}: {done.stderr[-2000:]}\n{code}")
        return done.stdout

    def write(self, name, code):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(code)


def run_shell(reader, code):
    reader.run(["sh", "-ec", code], code)


def run_python(reader, code):
    compare(reader.run([sys.executable, "-c", code], code), code, "#")


def run_typescript(reader, code):
    reader.write("shown.ts", code)
    reader.run(
        ["tsc", "--strict", "--target", "es2020", "--module", "commonjs", "shown.ts", "roster.ts"],
        code)
    compare(reader.run(["node", "shown.js"], code), code, "//")


def compare(printed, code, mark):
    """Each line that prints must have a comment with its output."""
    expected = re.findall(rf"^ *(?:print|console\.log)\(.* {mark} (.*)$", code, re.MULTILINE)
    check(expected and printed.splitlines() == expected, f"{printed}\nis not {expected}")


def run_json(reader, code):
    """A block with `…` is not parsed, because part of the output is omitted."""
    if "…" not in code:
        json.loads(code)


def run_emacs(reader, code):
    reader.write("shown.el", code)
    script = os.path.join(HERE, "editors.el")
    words = ["emacs", "--batch", "-l", reader.path(".emacs.d/init.el"), "-l", script]
    reader.run([*words, "--eval", '(editors-compare "shown.el" 1)'], code)


def run_neovim(reader, code):
    reader.write("shown.lua", code)
    script = os.path.join(HERE, "editors.lua")
    words = ["nvim", "--headless", "-i", "NONE", "-n", "-c"]
    reader.run([*words, f"lua dofile([[{script}]]).compare('shown.lua', 1)"], code)


RUNNERS = {
    "sh": run_shell, "python": run_python, "ts": run_typescript, "elisp": run_emacs, "lua": run_neovim,
    "json": run_json,
}


# --- Tests ---------------------------------------------------------------------------------------


@test
def every_link_between_pages_leads_somewhere(rig):
    count = 0
    for page in all_pages():
        for path, anchor in links(page):
            check(os.path.exists(path), f"{page} links to {path}, which does not exist")
            check(not anchor or anchor in anchors(path), f"{page} links to {path}#{anchor}")
            count += 1
    return f"{count} links"


@test
def the_readme_is_short_and_leads_to_every_page(rig):
    count = len(read(README).splitlines())
    check(count <= README_LINES_MAX, f"it has {count} lines")
    near = {path for path, _ in links(README)}
    index = {path for path, _ in links(os.path.join(PAGES, "Documentation.md"))}
    for name in os.listdir(PAGES):
        path = os.path.normpath(os.path.join(PAGES, name))
        check(path in near, f"the README does not link to {name}")
        check(path in index or name == "Documentation.md", f"Documentation.md lacks {name}")


@test
def the_readme_runs_as_it_stands_after_the_install_step(rig):
    text = read(README)
    after = text[text.index("\n## Five minutes\n"):]
    return f"{Reader(rig, 'readme').follow(after)} blocks"


@test
def the_pages_run_after_the_five_minutes_of_the_readme(rig):
    counts = {}
    for name in sorted(os.listdir(PAGES)):
        if name.endswith(".md") and name not in RUN_ELSEWHERE:
            reader = Reader(rig, name)
            reader.follow(section(README, "Five minutes"))
            counts[name] = reader.follow(read(os.path.join(PAGES, name)))
    return f"{sum(counts.values())} blocks of {len(counts)} pages"

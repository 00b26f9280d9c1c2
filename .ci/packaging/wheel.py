#!/usr/bin/env python3
"""Writes the wheel: the program for the `bin` of an environment, and the typed client as `roster`.

The same input makes the same bytes: entries are sorted, and SOURCE_DATE_EPOCH is their time.
"""

import argparse
import base64
import hashlib
import os
import subprocess
import time
import zipfile

import documents

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(documents.ROOT, "README.md")
EXECUTABLE, PLAIN = 0o100755, 0o100644
# A static program needs no C library, so it runs beside a Python of glibc and of musl alike.
PLATFORMS = ("manylinux_2_17", "manylinux2014", "musllinux_1_1")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def metadata(options):
    """The package's description. MCP's registry compares `mcp-name` with the name in server.json,
    to see that both have one publisher."""
    summary = subprocess.run(
        [options.program, "--help"], check=True, capture_output=True, text=True)
    return f"""\
Metadata-Version: 2.4
Name: roster
Version: {options.version}
Summary: {summary.stdout.splitlines()[0].removeprefix("Roster: ").capitalize()}
License: No licence has been given yet.
License-File: copyright
Requires-Python: >=3.11
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3 :: Only
Classifier: Typing :: Typed
Description-Content-Type: text/markdown

<!-- mcp-name: {options.server} -->

{documents.without_links(read(README).decode())}""".encode()


def wheel_file(tags):
    lines = ["Wheel-Version: 1.0", "Generator: .ci/release", "Root-Is-Purelib: false"]
    return "".join(f"{line}\n" for line in lines + [f"Tag: {tag}" for tag in tags]).encode()


def entries(options, tags):
    """The mode and the contents of each file."""
    data, info = f"roster-{options.version}.data", f"roster-{options.version}.dist-info"
    return {
        "roster/__init__.py": (PLAIN, read(options.client)),
        "roster/__main__.py": (PLAIN, read(os.path.join(HERE, "python_main.py"))),
        "roster/py.typed": (PLAIN, b""),
        f"{data}/scripts/roster": (EXECUTABLE, read(options.program)),
        f"{info}/METADATA": (PLAIN, metadata(options)),
        f"{info}/WHEEL": (PLAIN, wheel_file(tags)),
        f"{info}/licenses/copyright": (PLAIN, read(os.path.join(HERE, "copyright"))),
    }


def record(name, files):
    lines = [f"{name},,\n"]
    for path, (_, contents) in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(contents)}\n")
    return "".join(sorted(lines)).encode()


def write(path, files):
    moment = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    # Installers find the description faster at the end of the file.
    order = sorted(files, key=lambda name: (".dist-info/" in name, name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in order:
            mode, contents = files[name]
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = 3  # Unix: only then do installers read the mode.
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents, compresslevel=9)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, meaning in (
            ("program", "the stripped program"),
            ("client", "the output of roster types python"),
            ("version", "the version of the program"),
            ("machine", "the processor, as uname -m prints it"),
            ("server", "the name in server.json"),
            ("folder", "the folder that gets the wheel")):
        parser.add_argument(f"--{name}", required=True, help=meaning)
    options = parser.parse_args()
    platforms = [f"{platform}_{options.machine}" for platform in PLATFORMS]
    files = entries(options, [f"py3-none-{platform}" for platform in platforms])
    name = f"roster-{options.version}.dist-info/RECORD"
    files[name] = (PLAIN, record(name, files))
    wheel = f"roster-{options.version}-py3-none-{'.'.join(platforms)}.whl"
    write(os.path.join(options.folder, wheel), files)


if __name__ == "__main__":
    main()

"""Builds the programs to measure: the load driver, Roster, the floors in C, the peer in Rust."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CRATES = pathlib.Path("/usr/share/cargo/registry")
CRATE_NAMES = ("rusqlite", "serde", "serde_derive", "serde_json")
CRATE_PACKAGES = ("librust-rusqlite-dev", "librust-serde-dev", "librust-serde-derive-dev",
                  "librust-serde-json-dev")
MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs", "ramdisk")


class Missing(Exception):
    """A prerequisite of the benchmarks is missing; the message names it."""


def note(text):
    """Prints progress on standard error; standard output holds only the tables."""
    print(text, file=sys.stderr, flush=True)


def run(command, folder=None):
    """Runs a command. Its output is shown only if it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def file_system(folder):
    return run(["stat", "-f", "-c", "%T", str(folder)]).strip()


def choose_folder(wanted):
    """The work folder. It must be on a real disk; otherwise fsync, and so every create, costs
    nothing."""
    temporary = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / "roster-benchmarks"
    choices = [wanted] if wanted else [temporary, REPOSITORY / ".build" / "benchmarks"]
    for folder in choices:
        folder.mkdir(parents=True, exist_ok=True)
        if file_system(folder) not in MEMORY_FILE_SYSTEMS:
            return folder.resolve()
        note(f"{folder} is in memory, where durable writes cost nothing: not used")
    raise Missing("no folder on a real disk; name one with --work")


def build_driver(folder):
    driver = folder / "driver"
    sources = sorted(HERE.glob("Driver/*.swift"))
    if is_newer(driver, sources):
        return driver
    note("building the load driver")
    # Swift does not see the GNU interfaces affinity, pipe2 and memmem without the define.
    run(["swiftc", "-O", "-wmo", "-static-stdlib", "-parse-as-library", "-swift-version", "6",
         "-warnings-as-errors", "-Xcc", "-D_GNU_SOURCE", *map(str, sources), "-o", str(driver)])
    return driver


def build_floor(folder, name, *words):
    """Builds the floor in C that only some rows need. Returns its path."""
    source = HERE / "floors" / f"{name}.c"
    program = folder / "floors" / source.stem
    if not is_newer(program, [source]):
        note(f"building the floor {source.stem}")
        run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", str(source), *words, "-o", str(program)])
    return program


def build_floors(folder):
    """Builds the floors in C. Returns the path of each by its name."""
    programs = {}
    headers = list(HERE.glob("floors/*.h"))
    (folder / "floors").mkdir(exist_ok=True)
    for source in sorted(HERE.glob("floors/*.c")):
        program = folder / "floors" / source.stem
        programs[source.stem] = program
        if is_newer(program, [source, *headers]):
            continue
        if shutil.which("cc") is None:
            raise Missing("cc is not installed")
        note(f"building the floor {source.stem}")
        run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-lsqlite3",
             "-o", str(program)])
    return programs


def is_newer(product, sources):
    if not product.exists():
        return False
    return all(source.stat().st_mtime < product.stat().st_mtime for source in sources)


def build_roster():
    note("building roster in release")
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib"]
    run(command, REPOSITORY)
    folder = run([*command, "--show-bin-path"], REPOSITORY).strip()
    return pathlib.Path(folder) / "roster"


def build_rust_peer(folder):
    """Builds from a copy, so that the repository stays clean. The crates are the system's."""
    ensure_cargo()
    ensure_crates()
    copy = folder / "rust" / "peer-rust"
    (copy / "src").mkdir(parents=True, exist_ok=True)
    (copy / ".cargo").mkdir(exist_ok=True)
    for source in [*HERE.glob("peer-rust/*.toml"), *HERE.glob("peer-rust/src/*.rs")]:
        shutil.copy2(source, copy / source.relative_to(HERE / "peer-rust"))
    shutil.copy2(HERE / "schema.sql", copy.parent / "schema.sql")
    (copy / ".cargo" / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "system"\n\n'
        f'[source.system]\ndirectory = "{CRATES}"\n'
    )
    note("building the peer in Rust")
    run(["cargo", "build", "--release", "--offline", "--target-dir", str(copy / "target")], copy)
    return copy / "target" / "release" / "peer-rust"


def ensure_cargo():
    if shutil.which("cargo") is None:
        install(["cargo"])
    if shutil.which("cargo") is None:
        raise Missing("cargo is not installed")


def ensure_crates():
    missing = [name for name in CRATE_NAMES if not list(CRATES.glob(f"{name}-[0-9]*"))]
    if missing:
        install(CRATE_PACKAGES)
    missing = [name for name in CRATE_NAMES if not list(CRATES.glob(f"{name}-[0-9]*"))]
    if missing:
        packages = " ".join(CRATE_PACKAGES)
        raise Missing(f"no crates {', '.join(missing)} in {CRATES}; the packages are {packages}")


def install(packages):
    """Tries apt-get if it exists and this is root. The caller checks whether that helped."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    note(f"installing {' '.join(packages)}")
    subprocess.run(["apt-get", "install", "-y", "-q", *packages], stdout=subprocess.DEVNULL,
                   env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})

"""`python -m roster ARGUMENT …` runs the program `roster` that was installed with this module."""

import os
import shutil
import sys
import sysconfig


def program() -> str:
    """The program of this environment, of the user's own packages, or else of PATH."""
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    beside = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [sysconfig.get_path("scripts", scheme) for scheme in schemes]
    folders.append(os.path.join(beside, "bin"))  # The place of `pip install --target`.
    for folder in folders:
        path = os.path.join(folder, "roster")
        if os.path.isfile(path):
            return path
    found = shutil.which("roster")
    if found is None:
        sys.exit(
            f"roster: no program roster in {', '.join(folders)} or PATH; "
            "install the package again")
    return found


if __name__ == "__main__":
    path = program()
    os.execv(path, [path, *sys.argv[1:]])

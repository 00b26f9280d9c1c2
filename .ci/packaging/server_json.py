#!/usr/bin/env python3
"""Prints server.json, from which MCP's registry tells agent hosts how to start Roster.

usage: server_json.py NAME VERSION

The format is that of 2025-12-11. `$schema` is missing, because no file of this repository names a
registry's host; whoever publishes the file adds it, as the registry's guide says.
"""

import json
import sys

# At most 100 characters.
DESCRIPTION = "Look up and administer the user accounts of a Roster directory."


def server(name, version):
    return {
        "name": name,
        "title": "Roster",
        "description": DESCRIPTION,
        "version": version,
        "packages": [{
            "registryType": "pypi",
            # The name of the wheel where it is published. Python's public index has another
            # project of this name, so a publisher there has to choose another one.
            "identifier": "roster",
            "version": version,
            "runtimeHint": "uvx",
            "transport": {"type": "stdio"},
            "packageArguments": [
                {"type": "positional", "value": "serve"},
                {
                    "type": "named",
                    "name": "--as",
                    "description": "Email or id of the account for which the agent acts. "
                                   "Make a store with its owner first: roster init --owner EMAIL",
                    "isRequired": True,
                    "placeholder": "you@example.com",
                },
            ],
        }],
    }


def main():
    name, version = sys.argv[1:]
    print(json.dumps(server(name, version), indent=2))


if __name__ == "__main__":
    main()

#!/bin/sh
# Fetches the tables that tests go through and no package of Debian has.
#
# IdnaTestV2.txt of Unicode is in the source package of PyPI's idna.
set -eu

cd "$(dirname "$0")/.."
folder=.build/tables
[ -s "$folder/IdnaTestV2.txt" ] && exit 0
mkdir -p "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" download -q --no-deps --no-binary :all: -d "$folder" idna==3.10
tar -xzf "$folder/idna-3.10.tar.gz" -C "$folder"
mv "$folder/idna-3.10/tests/IdnaTestV2.txt" "$folder/IdnaTestV2.txt"
rm -rf "$folder/venv" "$folder"/idna-*

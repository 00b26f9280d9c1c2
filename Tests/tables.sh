#!/bin/sh
# Fetches test tables that no Debian package has.
#
# Unicode's IdnaTestV2.txt is in the source package of idna on PyPI.
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

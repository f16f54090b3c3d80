#!/usr/bin/env bash
# Writes constraints.txt anew: the newest version of everything that pyproject.toml allows.
# Made with the oldest Python that Schedy supports, so that each version exists for all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

python3.11 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[server,postgres,demo,dev,docs]'
{
  echo "# Every version that tests, demo and documentation run with; \`make constraints\` writes this file anew."
  "$scratch/venv/bin/python" -m pip freeze --disable-pip-version-check --exclude-editable
} >"$scratch/constraints.txt"
mv "$scratch/constraints.txt" constraints.txt

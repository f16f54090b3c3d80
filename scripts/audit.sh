#!/usr/bin/env bash
# Says what Schedy is made of (build/sbom.json, CycloneDX), and whether any of it has known holes.
#
# Both tools live in an environment of their own. A machine that reaches no package index, or no
# list of holes, is told so in one line: that is no fault of a change.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TOOLS=.venvs/audit
readonly PATIENCE=120   # seconds

skip() {
  echo "audit: $*"
  exit 0
}

install_tools() {
  [ -x "$TOOLS/bin/pip-audit" ] && [ -x "$TOOLS/bin/cyclonedx-py" ] && return
  .venv/bin/python -m venv --clear "$TOOLS"
  timeout 600 "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check \
    "pip-audit>=2.9,<3" "cyclonedx-bom>=7,<8" >/dev/null 2>&1
}

install_tools || skip "the tools can't be installed here; nothing was audited"
mkdir -p build
"$TOOLS/bin/cyclonedx-py" environment --pyproject pyproject.toml --output-reproducible \
  --output-file build/sbom.json .venv/bin/python
echo "audit: build/sbom.json lists what is in .venv"
timeout "$PATIENCE" "$TOOLS/bin/pip-audit" --requirement constraints.txt --no-deps --disable-pip \
  --progress-spinner off --timeout 10 --format json --output build/audit.json 2>build/audit.log || true
exec .venv/bin/python -m scripts.audited build/audit.json

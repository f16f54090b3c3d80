#!/usr/bin/env bash
# Makes the virtual environments of this folder; does nothing when they are up to date.
#
#   scripts/setup.sh run          .venv with Schedy, its server and what the demonstration needs
#   scripts/setup.sh dev          the same, and everything that tests and checks need
#   scripts/setup.sh docs         .venv with Schedy and what builds the documentation
#   scripts/setup.sh old-client   .venvs/old-client with the last client of the old service
#
# The Python is $PYTHON if set, else the first of python3, python3.14 … python3.11 that is new enough.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly OLDEST="(3, 11)"

fail() {
  echo "setup: $*" >&2
  exit 1
}

is_new_enough() {
  "$1" -c "import sys; sys.exit(sys.version_info < $OLDEST)" 2>/dev/null
}

can_make_environments() {
  "$1" -c "import ensurepip, venv" 2>/dev/null
}

# Print the first usable Python; one that can make environments is better than one that cannot.
find_python() {
  local name usable=""
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    is_new_enough "$name" || continue
    if can_make_environments "$name"; then
      echo "$name"
      return
    fi
    usable="${usable:-$name}"
  done
  [ -n "$usable" ] || fail "Schedy needs Python 3.11 or newer, and there is none here; install one or name it with PYTHON=…"
  echo "$usable"
}

install_from_debian() {   # package, what lacks without it
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing $1, without which $2" >&2
    apt-get update -qq >&2 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null || true
  fi
}

# Debian and Ubuntu cut ensurepip out of Python and into a package of its own.
install_ensurepip() {
  local package
  package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  install_from_debian "$package" "this Python cannot make a virtual environment"
  can_make_environments "$1" ||
    fail "this Python cannot make a virtual environment; please run: sudo apt-get install $package"
}

# The tests type the commands of the how-to guides, and some of them are curl.
install_curl() {
  command -v curl >/dev/null || install_from_debian curl "the tests cannot type what docs/howto says"
  command -v curl >/dev/null || echo "setup: some tests need curl; please run: sudo apt-get install curl" >&2
}

# The tests of the dashboard click through it in a browser.
install_chromium() {
  command -v chromium >/dev/null || install_from_debian chromium "the tests of the dashboard are left out"
  command -v chromium >/dev/null || echo "setup: the tests of the dashboard need Chromium; please run: sudo apt-get install chromium" >&2
}

# What tests/faults breaks servers with; without these, some of its tests are skipped.
install_fault_tools() {
  command -v strace >/dev/null || install_from_debian strace "tests can't cut the power"
  command -v ip >/dev/null || install_from_debian iproute2 "tests can't cut cables"
  ls /usr/lib*/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1 >/dev/null 2>&1 ||
    command -v faketime >/dev/null || install_from_debian faketime "tests can't change clocks"
}

# What an environment was made of: if that changes, it is brought up to date.
fingerprint() {
  { pwd; cat scripts/setup.sh "$@"; } | sha256sum | cut -d " " -f 1
}

sources_of_the_dashboard() {
  find frontend -path frontend/node_modules -prune -o -type f -print | LC_ALL=C sort
}

is_current() {   # environment, stage, fingerprint
  [ -x "$1/bin/python" ] && [ "$(cat "$1/.installed-$2" 2>/dev/null)" = "$3" ] &&
    "$1/bin/python" -c "" 2>/dev/null
}

make_environment() {
  local python
  if [ ! -f "$1/bin/pip" ] || ! is_new_enough "$1/bin/python"; then
    python="$(find_python)"
    can_make_environments "$python" || install_ensurepip "$python"
    "$python" -m venv --clear "$1"
  fi
}

install() {
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
}

set_up() {   # stage, extras
  local print
  print="$(fingerprint pyproject.toml constraints.txt hatch_build.py $(sources_of_the_dashboard))"
  is_current .venv "$1" "$print" && return
  echo "setup: installing into .venv (a minute or two the first time)"
  make_environment .venv
  install .venv --constraint constraints.txt --editable ".[$2]"
  echo "$print" >".venv/.installed-$1"
}

set_up_dev() {
  install_curl
  install_chromium
  install_fault_tools
  set_up dev server,postgres,demo,dev
  cp .venv/.installed-dev .venv/.installed-run   # it holds everything that `run` installs
}

set_up_old_client() {
  local print
  print="$(fingerprint tests/compatibility/constraints.txt)"
  is_current .venvs/old-client client "$print" && return
  echo "setup: installing into .venvs/old-client"
  make_environment .venvs/old-client
  install .venvs/old-client --constraint tests/compatibility/constraints.txt schedy
  .venvs/old-client/bin/schedy --help >/dev/null || fail "the old client does not start in .venvs/old-client"
  echo "$print" >.venvs/old-client/.installed-client
}

case "${1:-}" in
  run) set_up run server,demo ;;
  dev) set_up_dev ;;
  docs) set_up docs docs ;;
  old-client) set_up_old_client ;;
  *) fail "say what to set up: run, dev, docs or old-client" ;;
esac

#!/bin/sh
# Finds a Python of at least 3.11 and hands over to deploy/local/setup.py.
# Takes the same options. QB_PYTHON names a Python to use.
set -eu
cd "$(dirname "$0")/../.."

# Prints the interpreter itself, so that a shim or an activated environment is seen through.
describe='
import importlib.util, sys
assert sys.version_info >= (3, 11)
whole = importlib.util.find_spec("ensurepip") is not None
print("whole" if whole else "bare", getattr(sys, "_base_executable", sys.executable))
'

bare=''
for name in ${QB_PYTHON:+"$QB_PYTHON"} python3.11 python3 python3.12 python3.13 python3.14 \
    /usr/bin/python3; do
    answer=$("$name" -I -c "$describe" 2>/dev/null) || continue
    case $answer in
    "whole "*) exec "${answer#whole }" -m deploy.local.setup "$@" ;;
    *) bare=${bare:-${answer#bare }} ;;
    esac
done

# A Python without ensurepip is Debian's without python3-venv, which the set-up can install.
[ -z "$bare" ] || exec "$bare" -m deploy.local.setup "$@"
echo "Missing: Python 3.11 or newer. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
exit 1

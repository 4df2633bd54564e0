#!/usr/bin/env bash
# The main job, end to end, as a newcomer would do it.
set -euo pipefail

step() { printf '\n$ %s\n' "$*"; "$@"; }

step tierproof table
step tierproof invert
step tierproof critique "Scaling is the only technique that actually works in production."
step tierproof report --output report.html

#!/usr/bin/env bash
# The main job, end to end, as a newcomer would do it.
set -euo pipefail

step() { printf '\n$ %s\n' "$*"; "$@"; }

step tierproof table
step tierproof invert
step tierproof critique "Scaling is the only technique that actually works in production."
[ -d desk ] || step tierproof lab workload desk
step tierproof lab serve -- tierproof measure desk --budget 2min
step tierproof report --output report.html

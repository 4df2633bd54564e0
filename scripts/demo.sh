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

cat <<END

The page shows the table with sliders for your own figures, and the files of this folder. Start it, and stop it with Ctrl+C:

  $(command -v tierproof) serve --port 8471 --workspace .

then open http://127.0.0.1:8471/
END

#!/usr/bin/env bash
# The main job, end to end, as a newcomer would do it.
set -euo pipefail

step() {
  printf '\n$'
  for word; do case $word in *" "*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac; done
  printf '\n'
  "$@"
}

step tierproof table
step tierproof invert
step tierproof critique "Scaling is the only technique that actually works in production."
[ -d desk ] || step tierproof lab workload desk
step tierproof lab serve -- tierproof measure desk --budget 2min
step tierproof report --output report.html

cat <<END

The page shows what was just measured, and the table with sliders for your own figures. Start it, and stop it with Ctrl+C:

  $(command -v tierproof) serve --port 8471 --workspace .

then open http://127.0.0.1:8471/measure/live?folder=desk
END

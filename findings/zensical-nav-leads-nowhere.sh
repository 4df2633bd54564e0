#!/usr/bin/env bash
# zensical 0.0.73 with --strict: a navigation that names a page that is not there.
# Expected (as MkDocs 1.6, whose mkdocs.yml it reads, does): a warning, and with --strict no site.
# What happens: "No issues found", exit 0, and a navigation whose entry leads to NAME.md, which the site does not hold;
# a link of the same kind within a page is reported.  Seen 2026-11-30, Python 3.11.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check zensical==0.0.73 mkdocs==1.6.1 2>/dev/null || exit 1
mkdir "$work/docs"
cd "$work" || exit 1
printf 'site_name: T\nnav:\n  - Start: index.md\n  - Other: othr.md\n' >mkdocs.yml
printf '# Start\n\nText.\n' >docs/index.md
printf '# Other\n\nText.\n' >docs/other.md
"$work/venv/bin/zensical" --version
"$work/venv/bin/zensical" build --strict --clean
code=$?
echo "zensical: exit $code"
grep -o 'href="[^"]*othr[^"]*"' site/index.html | sort -u
rm -rf site
"$work/venv/bin/mkdocs" build --strict 2>&1 | grep -iE "nav|abort" | head -2
[ "$code" = 0 ] && ! [ -e site/othr.md ] && ! [ -e site/othr/index.html ]

"""The docs as a site: README and docs/ put together for zensical, which reads mkdocs.yml.

    python scripts/site.py            # put the pages together in build/pages
    python scripts/site.py --check    # hold the built site to what it must not do

Enters: README.md, CONTRIBUTING.md, docs/.  Leaves: build/pages.  Writes no page of its own.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

__all__ = ["ROOT", "faults", "nav", "put_together"]

ROOT = Path(__file__).resolve().parent.parent
PAGES, SITE = ROOT / "build" / "pages", ROOT / "build" / "site"
_COG = re.compile(r"<!-- \[\[\[cog.*?\]\]\] -->\n?|<!-- \[\[\[end\]\]\] -->\n?", re.DOTALL)
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+[^)]+\)")
_LOADED = re.compile(r"""<(?:script|img|iframe)[^>]*\ssrc=["']?(https?:)?//|<link[^>]*\shref=["']?(https?:)?//""")


def put_together(folder: Path = PAGES) -> None:
    """Pages as the site has them: README first, without the marks of cog, links led to their new places."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder)
    pages = {"index.md": ROOT / "README.md", "contributing.md": ROOT / "CONTRIBUTING.md"}
    pages |= {path.name: path for path in sorted((ROOT / "docs").glob("*.md"))}
    for name, source in pages.items():
        text = _COG.sub("", source.read_text(encoding="utf-8"))
        text = text.replace("](docs/", "](").replace("](../README.md", "](index.md")
        text = re.sub(r"\]\((?:\.\./)?CONTRIBUTING\.md", "](contributing.md", text)
        # What lies outside of the docs is no page of the site: its name stays.
        (folder / name).write_text(_OUTSIDE.sub(r"\1", text), encoding="utf-8")


def nav() -> list[str]:
    """Pages that mkdocs.yml names."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    return re.findall(r": (\S+\.md)$", text, re.MULTILINE)


def faults(site: Path = SITE, pages: Path = PAGES) -> list[str]:
    """What zensical does not say: pages named that are none, pages that nobody is led to, what a network would load."""
    there, named = {path.name for path in pages.glob("*.md")}, set(nav())
    found = [f"mkdocs.yml names {name}, which is no page" for name in sorted(named - there)]
    found += [f"mkdocs.yml leads nobody to {name}" for name in sorted(there - named)]
    for page in site.rglob("*.html"):
        if match := _LOADED.search(page.read_text(encoding="utf-8")):
            found.append(f"{page.relative_to(site)} loads from a network: {match[0][:80]}")
    return found


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        told = faults()
        print("\n".join(told) or "every page is led to, and none loads anything from a network")
        sys.exit(1 if told else 0)
    put_together()

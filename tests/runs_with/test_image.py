"""The image, built and run for real: `make test-image` (root, apt; Debian's own packages as base, nothing pulled)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASE = os.environ.get("TIERPROOF_IMAGE_BASE", "")
if not BASE:
    pytest.skip("builds an image: make test-image", allow_module_level=True)

ENVIRONMENT = {**os.environ, "STORAGE_DRIVER": os.environ.get("STORAGE_DRIVER", "vfs"), "BUILDAH_ISOLATION": "chroot"}
EXTRAS = "measure,lab,page"


def buildah(*words: str | Path) -> str:
    run = subprocess.run(["buildah", *words], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    return run.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Built from a context of wheels, so that nothing is fetched while it is made."""
    context = tmp_path_factory.mktemp("context")
    shutil.copy(ROOT / "Containerfile", context)
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", context / "wheels", f"{ROOT}[{EXTRAS}]"]
    subprocess.run(wheel, check=True)
    name = "localhost/tierproof:test"
    arguments = ["--build-arg", f"BASE={BASE}", "--build-arg", f"EXTRAS={EXTRAS}"]
    buildah("bud", "--quiet", "--isolation", "chroot", "--format", "docker", *arguments, "--tag", name, context)
    yield name
    buildah("rmi", name)


@pytest.fixture(scope="module")
def container(image: str) -> Iterator[str]:
    name = buildah("from", image).strip()
    yield name
    buildah("rm", name)


def test_it_prints_the_table_as_somebody_who_is_not_root(container: str) -> None:
    told = json.loads(buildah("run", container, "--", "tierproof", "table", "--json"))
    assert len(told["rows"]) >= 18
    assert buildah("run", container, "--", "id", "-u").strip() == "10001"


def test_it_measures_the_lab_in_its_folder(container: str) -> None:
    # Chroot isolation shares this machine's ports.
    desk = "cd /desk && tierproof lab workload lab >&2 && sed -i s/8321/8399/ lab/workload.toml"
    run = "tierproof lab serve --port 8399 -- tierproof measure lab --budget 20calls --json"
    told = json.loads(buildah("run", container, "--", "sh", "-c", f"{desk} && {run}"))
    assert 0 < told["spend"]["calls"] <= 20


def test_it_serves_the_page_that_the_manifests_start(container: str) -> None:
    ask = "import urllib.request as web; print(web.urlopen('http://127.0.0.1:8398/', timeout=60).status)"
    wait = "for _ in $(seq 60); do sleep 1; grep -q http /tmp/said && break; done"
    script = f'tierproof serve --port 8398 >/tmp/said & {wait}; python -c "{ask}"; kill $!'
    assert buildah("run", container, "--", "sh", "-c", script).strip() == "200"


def test_its_history_tells_of_no_place_that_packages_came_from(image: str) -> None:
    told = json.loads(buildah("inspect", "--type", "image", image))
    history = json.dumps(told["Docker"]["history"]) + json.dumps(told["Docker"]["config"])
    assert not re.search(r"https?://|index-url|extra-index", history)
    assert told["Docker"]["config"]["User"] == "10001"
    assert told["Docker"]["config"]["Healthcheck"]["Test"]


def test_its_size_is_what_the_docs_say(image: str) -> None:
    images = json.loads(buildah("images", "--json"))
    (row,) = [row for row in images if any(image in name for name in row["names"] or [])]
    megabytes = float(row["size"].split()[0]) * {"MB": 1, "GB": 1000}[row["size"].split()[1]]
    stated = re.search(r"history; (\d+) MB", (ROOT / "docs" / "runs-with.md").read_text(encoding="utf-8"))
    assert stated
    # Debian's packages and the wheels grow from month to month.
    assert abs(megabytes - float(stated.group(1))) < 0.25 * megabytes

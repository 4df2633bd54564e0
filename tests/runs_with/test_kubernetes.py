"""The manifests: held strictly to Kubernetes' own schemas, and what their pods would run is run.  `make test-parts`.

Without `strict`, a misspelt field passes.  No cluster is asked: the manifests are validated, and never applied.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="not installed here: make test-parts")
yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "deploy" / "kubernetes"
VERSION = "1.37"


def documents() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(MANIFESTS.rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            found.append((f"{path.relative_to(MANIFESTS)}:{document['kind']}", document))
    return found


OBJECTS = [(name, document) for name, document in documents() if document["kind"] != "Kustomization"]
BY_KIND = {document["kind"]: document for _, document in OBJECTS}


@pytest.mark.parametrize(("name", "document"), OBJECTS, ids=[name for name, _ in OBJECTS])
def test_a_manifest_is_valid_to_the_letter(name: str, document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, VERSION, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    wrong = copy.deepcopy(BY_KIND["Job"])
    wrong["spec"]["parallelsim"] = wrong["spec"].pop("parallelism")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def pods() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, document in OBJECTS:
        spec = document.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template is not None:
            found.append((name, template["spec"]))
    return found


@pytest.mark.parametrize(("name", "pod"), pods(), ids=[name for name, _ in pods()])
def test_no_pod_is_root_or_writes_its_image(name: str, pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        fence = container["securityContext"]
        assert fence["readOnlyRootFilesystem"] is True
        assert fence["allowPrivilegeEscalation"] is False
        assert fence["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_every_file_that_a_kustomization_names_is_there() -> None:
    for path in MANIFESTS.rglob("kustomization.yaml"):
        kustomization = yaml.safe_load(path.read_text(encoding="utf-8"))
        named = [*kustomization["resources"]]
        for generator in kustomization.get("configMapGenerator", []):
            named += generator["files"]
        assert [name for name in named if not (path.parent / name).exists()] == []


def test_as_many_pods_as_lines() -> None:
    jobs = {document["metadata"]["name"]: document for _, document in OBJECTS if document["kind"] == "Job"}
    for list_name in ("arms", "imports"):
        lines = (MANIFESTS / "overlays" / "pieces" / list_name).read_text(encoding="utf-8").splitlines()
        assert jobs[f"tierproof-{list_name}"]["spec"]["completions"] == len(lines)


def run_piece(job: str, tmp_path: Path, index: int) -> subprocess.CompletedProcess[str]:
    """What the pod of one index would run, with its folders below `tmp_path`."""
    document = next(document for _, document in OBJECTS if document["metadata"]["name"] == job)
    container = document["spec"]["template"]["spec"]["containers"][0]
    shutil.copytree(MANIFESTS / "overlays" / "pieces", tmp_path / "etc")
    (script,) = container["args"]
    script = script.replace("/etc/tierproof", str(tmp_path / "etc")).replace("/desk", str(tmp_path / "desk"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "JOB_COMPLETION_INDEX": str(index)}
    return subprocess.run([*container["command"], script], env=environment, capture_output=True, text=True, check=False)


def test_the_pod_of_an_index_imports_its_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "logs", tmp_path / "desk" / "logs")
    run = run_piece("tierproof-imports", tmp_path, 0)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "desk" / "evidence" / "0.jsonl").read_text(encoding="utf-8").count("\n") >= 1

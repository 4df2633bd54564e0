#!/usr/bin/env bash
# MLflow: overriding a judge's assessment takes it out of the run that it was made in, and makes code of the judge.
#
# One would expect: `override_feedback(trace_id, assessment_id, value=...)`, which corrects one value, to keep what it does not name: that
# the assessment belongs to an evaluation run, and who gave it.
# What happens: the old one is marked invalid, and the new one, which alone is valid, has no metadata (so no
# `mlflow.assessment.sourceRunId`) and the source CODE `default`: whoever gathers a run's valid assessments, or a judge's, loses those
# that were corrected, which are no random part.
# Versions: mlflow 3.17.2, Python 3.11, SQLite.  Date: 2026-12-01.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'mlflow==3.17.2'
cd "$folder"
"$folder/venv/bin/python" - 2>/dev/null <<'PY'
import sys, mlflow
from mlflow.entities import AssessmentSource
mlflow.set_tracking_uri("sqlite:///store.db")
mlflow.set_experiment("e")
with mlflow.start_run() as run, mlflow.start_span("answer") as span:
    span.set_inputs({"question": "1 + 1"})
mlflow.flush_trace_async_logging()
trace, key = mlflow.get_last_active_trace_id(), "mlflow.assessment.sourceRunId"
judge = AssessmentSource(source_type="LLM_JUDGE", source_id="judge-1")
old = mlflow.log_feedback(trace_id=trace, name="right", value=False, source=judge, metadata={key: run.info.run_id})
mlflow.override_feedback(trace_id=trace, assessment_id=old.assessment_id, value=True)
found = {one.valid: one for one in mlflow.get_trace(trace).info.assessments}
print("mlflow", mlflow.__version__)
for valid, one in found.items():
    print("valid:", valid, one.value, one.source.source_type, one.source.source_id, "run:", (one.metadata or {}).get(key))
stated = (
    found[False].source.source_type == "LLM_JUDGE" and (found[False].metadata or {}).get(key) == run.info.run_id
    and found[True].source.source_type == "CODE" and key not in (found[True].metadata or {})
)
print("as stated:", stated)
sys.exit(0 if stated else 1)
PY

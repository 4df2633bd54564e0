"""Weekly: measure the workload, turn the week's logs into evidence, update the table, and fail where quality fell.

Put this file into the DAGs folder of Airflow 3, and `tierproof` on the PATH of its workers. What it reads stands in the
environment of the workers, so that no text of a log or a trigger ever becomes a part of a command:

    TIERPROOF_WORKLOAD   folder with workload.toml, as for `tierproof measure`
    TIERPROOF_BUDGET     what one week may cost, such as 5usd
    TIERPROOF_BEFORE     the log to hold the week's against: of the last release, say
    TIERPROOF_AFTER      the week's log, of any tool that `tierproof import` reads
    TIERPROOF_METRIC     the score that counts, such as "Exact Match"
    TIERPROOF_TECHNIQUE  what tells the two apart, such as prompt-engineering
    TIERPROOF_DESK       where results go, a folder a week

A task that is run again pays nothing twice: `measure` goes on from its journal in the week's folder. The gate fails
where the log is worse (exit code 1) or not settled (3); `skip_on_exit_code=3` would let the latter pass as skipped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag

WEEK = 'desk=$TIERPROOF_DESK/$WEEK; mkdir -p "$desk"; '
MEASURE = WEEK + 'tierproof measure "$TIERPROOF_WORKLOAD" --budget "$TIERPROOF_BUDGET" --output "$desk/measured"'
UPDATE = WEEK + (
    'tierproof import "$TIERPROOF_BEFORE" "$TIERPROOF_AFTER" --metric "$TIERPROOF_METRIC" '
    '--technique "$TIERPROOF_TECHNIQUE" --setting production '
    '--output "$desk/evidence.jsonl" --format markdown > "$desk/table.md"'
)
GATE = WEEK + (
    'tierproof gate "$TIERPROOF_AFTER" --baseline "$TIERPROOF_BEFORE" --metric "$TIERPROOF_METRIC" --margin 1pt '
    '--junit "$desk/gate.xml" --summary "$desk/gate.md"'
)


@dag(schedule="@weekly", start_date=datetime(2026, 1, 5), catchup=False, max_active_runs=1, tags=["evaluation"])
def tierproof_weekly() -> None:
    """Three tasks; measuring and reading logs do not wait for each other, the gate closes the week."""
    week = {"WEEK": "{{ ds }}"}
    measure = BashOperator(
        task_id="measure", bash_command=MEASURE, env=week, append_env=True, retries=2, retry_delay=timedelta(minutes=10)
    )
    update = BashOperator(task_id="update", bash_command=UPDATE, env=week, append_env=True)
    gate = BashOperator(task_id="gate", bash_command=GATE, env=week, append_env=True)
    [measure, update] >> gate


tierproof_weekly()

"""The grade is read where a judge states one, in its own words, and nowhere else."""

from __future__ import annotations

import pytest

from tierproof.experiment.workload.scorers.judge_grade import share_of


@pytest.mark.parametrize(
    ("reply", "top", "share"),
    [
        ("It names the reeds.\nGrade: 1", 1, 1.0),
        ("Grade:\n\n**1**", 1, 1.0),
        ("### Grade\n0", 1, 0.0),
        ("I would grade this 1.", 1, 1.0),
        ("I'd give this answer a 3 out of 4.", 4, 0.75),
        ("My final grade for this answer is 3.", 4, 0.75),
        ("The grade would be 3", 4, 0.75),
        ("This answer deserves a grade of 2/4", 4, 0.5),
        ("Grade (0-4): 3", 4, 0.75),
        ("Grade: \\boxed{2}", 4, 0.5),
        ("Grade: 75 percent", 4, 0.75),
        ('{"reason": "2 faults", "grade": 3}', 4, 0.75),
        ("<grade>3</grade>", 4, 0.75),
        ("评分：3", 4, 0.75),
        ("Score: 3", 4, 0.75),
        ("3", 4, 0.75),
        ("Grade: 3\n\nThe highest grade of 4 needs a source.", 4, 0.75),
        ("Grade: 3. It is no grade 4 material.", 4, 0.75),
        ("I would not grade this 4. Grade: 1", 4, 0.25),
        ("Style grade: 4\nTruth grade: 1\nGrade: 2", 4, 0.5),
        # On a scale of its own, in the words of other languages.
        ("Оценка: 2 из 8", 4, 0.25),
        ("Итоговая оценка — 2 балла из 8", 4, 0.25),
        ("Grade: 2 points out of 8", 4, 0.25),
        ("Note. Grade: 2 sur 8", 4, 0.25),
        ("评分：2分（满分8分）", 4, 0.25),
        ("Балл: 3", 4, 0.75),
    ],
)
def test_a_stated_grade_is_read(reply: str, top: int, share: float) -> None:
    assert share_of(reply, top) == share


@pytest.mark.parametrize(
    "reply",
    [
        "Upgrade: 2",
        "Written for grade 3 pupils, and well.",
        "Grade 0: wrong. Grade 4: right.",
        "Grade 4 requires a source, which is missing.",
        "It does not deserve a grade of 4",
        "Grade: 4 is too high for this",
        "Grade: 0 or 1",
        "Grade: 3-4",
        "Grade: 3½",
        "Grade: <4",
        "Grade: 0.8",
        "Grade: 5",
        "Grade: not 3",
        "Style grade: 4\nTruth grade: 1",
        "It has 3 faults.",
        "",
    ],
)
def test_what_is_only_mentioned_or_open_is_no_grade(reply: str) -> None:
    assert share_of(reply, 4) is None

"""Make the synthetic return of a lead provider of teacher development: every teacher is drawn from a seed.

Beside the return it writes the contract: that of the library, with bands of 60 places in place of its two.
`return/dirt.json` names each row with a fault.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for what the scripts of the examples share

from synthetic import Draw, Return, put, put_spaces, run  # found by the line above

HOME = Path(__file__).resolve().parent
LIBRARY = HOME.parent.parent / "contracts" / "teacher-development" / "contract.yaml"
BANDS = {"1 to 2": "1 to 60", "3 to 4": "61 to 120", "5 to 6": "121 to 180"}
FIELDS = {
    "participants": ("participant", "provider", "joined_on", "pupil_premium", "sparsity", "recorded_on"),
    "declarations": ("participant", "milestone", "declared_on", "voided_on", "recorded_on"),
}
TEACHERS = 215
AS_AT = date(2023, 4, 30)
MILESTONES = {
    # the first day on which it is declared, and how many of a hundred get as far from the one before
    "started": (date(2021, 10, 1), 97),
    "retained_1": (date(2022, 1, 10), 95),
    "retained_2": (date(2022, 4, 20), 93),
    "retained_3": (date(2022, 9, 12), 88),
    "retained_4": (date(2023, 1, 9), 92),
    "completed": (date(2023, 4, 3), 60),
}


def declare(draw: Draw, made: Return, teacher: str) -> None:
    """Declare the milestones of one teacher, up to the one that is missed; some are voided and declared again."""
    for milestone, (first, percent) in MILESTONES.items():
        if not draw.chance(percent):
            return
        day = first + timedelta(days=draw.whole(0, 25))
        voided = draw.chance(4)
        voided_on = day + timedelta(days=draw.whole(10, 60)) if voided else ""
        made.add(
            "declarations",
            participant=teacher,
            milestone=milestone,
            declared_on=day,
            voided_on=voided_on,
            recorded_on=min(AS_AT, day + timedelta(days=draw.whole(0, 9))),
        )
        if voided and draw.chance(50):
            again = day + timedelta(days=70)
            made.add(
                "declarations",
                participant=teacher,
                milestone=milestone,
                declared_on=again,
                voided_on="",
                recorded_on=again,
            )
        elif voided:
            return


def make(draw: Draw) -> Return:
    """Make the whole return of a seed, dirt included."""
    made = Return(draw)
    for number in range(1, TEACHERS + 1):
        teacher = f"T{number:03}"
        made.add(
            "participants",
            participant=teacher,
            provider="lead_provider",
            joined_on="2021-09-01",
            pupil_premium="yes" if draw.chance(30) else "no",
            sparsity="yes" if draw.chance(12) else "no",
            recorded_on="2021-09-20",
        )
        declare(draw, made, teacher)
    for row in made.rows["declarations"]:
        if row.values["recorded_on"] > AS_AT.isoformat():
            row.dirt = "late"
    made.spoil("participants", "bad_date", 2, put(joined_on="1/9/2021"))
    made.spoil("participants", "empty_id", 2, put(participant=""))
    made.spoil("participants", "unknown_provider", 2, put(provider="Lead Provider"))
    made.spoil("participants", "yes_no_word", 2, put(sparsity="rural"))
    made.spoil("participants", "empty_field", 4, put(pupil_premium=""), sparsity="no")
    made.spoil("participants", "empty_field", 2, put(sparsity=""), pupil_premium="yes")
    made.spoil("participants", "spaced_id", 2, put_spaces("participant"))
    made.repeat("participants", 3)
    made.repeat("participants", 2, pupil_premium="yes")
    made.refuse_children("participants", "participant", "declarations")
    made.spoil("declarations", "not_one_of", 3, put(milestone="retained"))
    made.spoil("declarations", "bad_date", 2, put(declared_on="2022-02-30"))
    made.spoil("declarations", "orphan", 2, put(participant="T999"))
    made.spoil("declarations", "recorded_on_missing", 2, put(recorded_on=""))
    made.spoil("declarations", "late", 4, put(recorded_on=(AS_AT + timedelta(days=2)).isoformat()))
    made.repeat("declarations", 5)
    return made


def contract() -> str:
    """Give the contract of the library, with bands of so many places that the teachers of this return fill them."""
    text = LIBRARY.read_text(encoding="utf-8")
    for ours, larger in BANDS.items():
        assert text.count(f"\n      {ours}: ") == 1
        text = text.replace(f"\n      {ours}: ", f"\n      {larger}: ")
    return text


if __name__ == "__main__":
    (HOME / "contract.yaml").write_bytes(contract().encode())
    run("a lead provider of teacher development", make, FIELDS, HOME)

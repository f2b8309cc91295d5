"""Make the synthetic register of two general practices: every patient is drawn from a seed, and nobody in it exists.

`return/dirt.json` names each row with a fault.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for what the scripts of the examples share

from synthetic import Draw, Return, put, put_spaces, run  # found by the line above

HOME = Path(__file__).resolve().parent
FIELDS = {
    "register": ("patient", "practice", "registered_on", "treated", "adjusted"),
    "practices": ("practice", "counted_on", "list_size", "on_register"),
}
YEAR_STARTS = date(2022, 4, 1)
PRACTICES = {
    # how many are on the register, how many of a hundred are treated, the list, the prevalence
    "mean_practice": (197, 61, "9374", "2.10"),
    "large_practice": (243, 74, "16000", "3.05"),
}


def make(draw: Draw) -> Return:
    """Make the register and the counts of each practice, dirt included."""
    made = Return(draw)
    number = 0
    for practice, (patients, treated, list_size, on_register) in PRACTICES.items():
        for _ in range(patients):
            number += 1
            registered_on = YEAR_STARTS + timedelta(days=0 if draw.chance(80) else draw.whole(1, 364))
            made.add(
                "register",
                patient=f"P{number:03}",
                practice=practice,
                registered_on=registered_on,
                treated="yes" if draw.chance(treated) else "no",
                adjusted="yes" if draw.chance(6) else "no",
            )
        made.add("practices", practice=practice, counted_on="2023-01-01", list_size=list_size, on_register=on_register)
    made.spoil("register", "bad_date", 3, put(registered_on="2022-02-30"))
    made.spoil("register", "empty_id", 2, put(patient=""))
    made.spoil("register", "unknown_provider", 3, put(practice="Mean Practice"))
    made.spoil("register", "yes_no_word", 4, put(treated="on warfarin"))
    made.spoil("register", "empty_field", 4, put(treated=""), adjusted="no")
    made.spoil("register", "empty_field", 3, put(adjusted=""), treated="no")
    made.spoil("register", "spaced_id", 3, put_spaces("patient"))
    made.spoil("register", "late", 4, put(registered_on="2023-04-03"))
    made.repeat("register", 5)
    made.repeat("register", 2, treated="no")
    return made


if __name__ == "__main__":
    run("two general practices", make, FIELDS, HOME)

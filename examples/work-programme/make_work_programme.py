"""Make the synthetic return of a prime provider of the Work Programme: every person and job is drawn from a seed.

`return/dirt.json` names each row with a fault.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for what the scripts of the examples share

from synthetic import Draw, Return, put, put_spaces, run  # found by the line above

HOME = Path(__file__).resolve().parent
FIELDS = {
    "participants": ("participant", "provider", "attached_on", "payment_group", "recorded_on"),
    "jobs": ("participant", "began", "ended", "recorded_on"),
}
PEOPLE = 240
FIRST_DAY = date(2011, 6, 1)
DAYS_OF_ATTACHMENTS = 760
AS_AT = date(2013, 9, 30)
GROUPS = {"jsa_18_24": 24, "jsa_25_over": 44, "jsa_early": 16, "jsa_ex_ib": 6, "esa_volunteers": 10}
"""How many of a hundred are of each group."""
RECORDED_WITHIN = 21


def make_jobs(draw: Draw, made: Return, person: str, attached_on: date) -> None:
    """Draw up to four jobs, one after the other or side by side; the last may go on."""
    if draw.chance(40):
        return
    day = attached_on + timedelta(days=draw.whole(-20, 150))
    for _ in range(draw.whole(1, 4)):
        length = draw.weighted((27, 60, 91, 120, 182, 400), (15, 20, 20, 15, 20, 10)) + draw.whole(-1, 1)
        last = day + timedelta(days=length - 1)
        goes_on = last >= AS_AT or draw.chance(15)
        recorded_on = min(AS_AT, (day if goes_on else last) + timedelta(days=draw.whole(0, RECORDED_WITHIN)))
        if day > AS_AT:
            return
        made.add("jobs", participant=person, began=day, ended="" if goes_on else last, recorded_on=recorded_on)
        if goes_on:
            return
        day = last + timedelta(days=draw.whole(-5, 40))


def make(draw: Draw) -> Return:
    """Make the whole return of a seed, dirt included."""
    made = Return(draw)
    for number in range(1, PEOPLE + 1):
        person = f"W{number:03}"
        attached_on = FIRST_DAY + timedelta(days=draw.whole(-20, DAYS_OF_ATTACHMENTS))
        made.add(
            "participants",
            participant=person,
            provider="prime",
            attached_on=attached_on,
            payment_group=draw.weighted(tuple(GROUPS), GROUPS.values()),
            recorded_on=attached_on + timedelta(days=draw.whole(0, 5)),
        )
        make_jobs(draw, made, person, attached_on)
    later = (AS_AT + timedelta(days=3)).isoformat()
    made.spoil("participants", "bad_date", 2, put(attached_on="31/11/2011"))
    made.spoil("participants", "empty_id", 2, put(participant=""))
    made.spoil("participants", "unknown_provider", 2, put(provider="Prime Provider Ltd"))
    made.spoil("participants", "not_one_of", 2, put(payment_group="JSA 25 and over"))
    made.spoil("participants", "empty_field", 3, put(payment_group=""))
    made.spoil("participants", "empty_field", 2, put(attached_on=""))
    made.spoil("participants", "spaced_id", 2, put_spaces("participant"))
    made.repeat("participants", 3)
    made.repeat("participants", 2, payment_group="jsa_early")
    made.refuse_children("participants", "participant", "jobs")
    made.spoil("jobs", "bad_date", 2, put(began="2012-02-30"))
    made.spoil("jobs", "recorded_on_missing", 2, put(recorded_on=""))
    made.spoil("jobs", "orphan", 2, put(participant="W999"))
    made.spoil("jobs", "ends_before_it_begins", 2, put(began="2013-01-07", ended="2013-01-06"))
    made.spoil("jobs", "late", 5, put(recorded_on=later))
    made.repeat("jobs", 4)
    return made


if __name__ == "__main__":
    run("a prime provider of the Work Programme", make, FIELDS, HOME)

"""Make the synthetic return of 24 health centres under the performance-based financing of facilities.

Every centre and figure is drawn from a seeded generator: none of the centres exists. Beside the return it writes the
contract: that of the library, with these centres among its providers. `return/dirt.json` names each row with a fault.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for what the scripts of the examples share

from synthetic import Draw, Return, put, put_spaces, run  # found by the line above

HOME = Path(__file__).resolve().parent
LIBRARY = HOME.parent.parent / "contracts" / "facility-pbf" / "contract.yaml"
FIELDS = {
    "quantities": ("centre", "month_end", "act", "verified", "verified_on"),
    "assessments": ("centre", "visited_on", "service", "score", "signed_on"),
}
CENTRES = [f"centre_{number:02}" for number in range(1, 25)]
MONTH_ENDS = [date(2007, month + 1, 1) - timedelta(days=1) for month in range(1, 8)]
QUARTER_ENDS = (date(2007, 3, 31), date(2007, 6, 30))
AS_AT = date(2007, 8, 31)
SETTLES_AFTER = timedelta(days=45)
MOST = {
    "facility_delivery": 30,
    "new_family_planning_user": 25,
    "fully_vaccinated_child": 50,
    "four_anc_visits": 15,
    "contraceptive_resupply": 60,
    "curative_visit": 1200,
    "growth_monitoring": 90,
    "first_anc_visit": 45,
    "emergency_obstetric_transfer": 4,
    "at_risk_pregnancy_referred": 6,
    "malnourished_child_referred": 5,
    "other_emergency_referral": 6,
    "tetanus_vaccine": 40,
    "second_malaria_prophylaxis": 35,
}
SERVICES = (
    "curative",
    "delivery",
    "prenatal",
    "family_planning",
    "hiv",
    "immunization",
    "pharmacy",
    "growth_monitoring",
    "administration",
    "finance",
    "laboratory",
    "tb",
    "cleanliness",
)
NOT_VISITED = ("centre_05", "centre_17")  # the assessors did not get to these in the second quarter


def make_quantities(draw: Draw, made: Return) -> None:
    """Declare what each centre did in each month; most leave out some act that they do not offer."""
    for centre in CENTRES:
        offered = [act for act in MOST if act in {"curative_visit", "facility_delivery"} or draw.chance(85)]
        size = draw.whole(30, 100)
        for month_end in MONTH_ENDS:
            for act in offered:
                verified_on = month_end + timedelta(days=draw.whole(5, 28))
                quantity = draw.whole(0, MOST[act]) * size // 100
                made.add(
                    "quantities",
                    centre=centre,
                    month_end=month_end,
                    act=act,
                    verified=quantity,
                    verified_on=verified_on,
                )


def make_assessments(draw: Draw, made: Return) -> None:
    """Score the services of each centre once in each quarter."""
    for centre in CENTRES:
        level = draw.whole(55, 90)
        for quarter_end in QUARTER_ENDS:
            if quarter_end == QUARTER_ENDS[1] and centre in NOT_VISITED:
                continue
            visited_on = quarter_end - timedelta(days=draw.whole(2, 40))
            for service in SERVICES:
                score = min(100, level + draw.whole(-15, 15))
                signed_on = visited_on + timedelta(days=draw.whole(3, 20))
                made.add(
                    "assessments",
                    centre=centre,
                    visited_on=visited_on,
                    service=service,
                    score=f"{score}%",
                    signed_on=signed_on,
                )


def make(draw: Draw) -> Return:
    """Make the whole return of a seed, dirt included."""
    made = Return(draw)
    make_quantities(draw, made)
    make_assessments(draw, made)
    fixed = QUARTER_ENDS[0] + SETTLES_AFTER
    made.spoil("quantities", "bad_date", 2, put(month_end="2007-02-30"))
    made.spoil("quantities", "unknown_provider", 3, put(centre="Centre 7"))
    made.spoil("quantities", "not_one_of", 2, put(act="delivery"))
    made.spoil("quantities", "whole_with_text", 2, put(verified="12 visits"))
    made.spoil("quantities", "whole_out_of_range", 2, put(verified="-3"))
    made.spoil("quantities", "recorded_on_missing", 2, put(verified_on=""))
    made.spoil("quantities", "empty_field", 5, put(verified=""))
    made.spoil("quantities", "spaced_id", 2, put_spaces("centre"))
    made.spoil("quantities", "late", 4, put(verified_on=(AS_AT + timedelta(days=6)).isoformat()))
    for month_end in MONTH_ENDS[:2]:  # verified when the figures of the quarter were fixed already
        late = put(verified_on=(fixed + timedelta(days=3)).isoformat())
        made.spoil("quantities", "too_late", 2, late, month_end=month_end.isoformat())
    made.spoil("assessments", "share_with_text", 1, put(score="good"))
    made.spoil("assessments", "bad_date", 1, put(visited_on="31/03/2007"))
    made.repeat("quantities", 6)
    made.repeat("quantities", 3, verified="9")
    made.repeat("assessments", 3)
    return made


def contract() -> str:
    """Give the contract of the library, with the centres of this return among its providers."""
    text = LIBRARY.read_text(encoding="utf-8")
    centres = "".join(
        f"    {centre}:\n      name: Health centre {number} (synthetic)\n"
        for number, centre in enumerate(CENTRES, start=1)
    )
    assert text.count("\n  providers:\n") == 1
    return text.replace("\n  providers:\n", f"\n  providers:\n{centres}")


if __name__ == "__main__":
    (HOME / "contract.yaml").write_bytes(contract().encode())
    run("24 health centres", make, FIELDS, HOME)

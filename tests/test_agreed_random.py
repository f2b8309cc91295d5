"""Agreed figures against the same contract with the figures written out by hand, day by day."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.panels import CONTRACT, SAID, evaluated, panel

FIRST: Final = date(2025, 4, 1)
LAST: Final = date(2027, 3, 31)
DAYS: Final = (LAST - FIRST).days
WHOM: Final = {"women": "sex = 'F'", "men": "sex = 'M'", "others": "NOT (sex = 'F' OR sex = 'M')"}

days = st.integers(0, DAYS).map(lambda offset: FIRST + timedelta(offset))
spans = st.tuples(days, days).map(sorted)
said = st.fixed_dictionaries(
    {
        "threshold": st.sampled_from(["50%", "80%", "95%"]),
        "price": st.sampled_from(["50.00", "120.00", "199.99"]),
        "done": st.sampled_from([10, 33, 60, 90]),
        "whom": st.sets(st.sampled_from(sorted(WHOM)), min_size=1),
        "evenings": st.booleans(),
        "agrees": st.sampled_from([True, True, True, False]),
    }
)
people = st.lists(
    st.tuples(
        st.sampled_from(["north", "south"]),
        days,
        st.sampled_from(["F", "M", "X"]),
        st.none() | st.integers(0, 400),
    ),
    min_size=1,
    max_size=8,
)


def as_said(each: dict[str, object]) -> dict[str, dict[str, str]]:
    """Give what every voter says."""
    done = each["done"]
    assert isinstance(done, int)
    whom = each["whom"]
    assert isinstance(whom, set)
    return SAID | {
        "threshold": {"": str(each["threshold"])},
        "price": {"": str(each["price"])},
        "weights": {"done": f"{done}%", "share": f"{100 - done}%"},
        "whom": {name: "yes" if name in whom else "no" for name in WHOM},
        "evenings": {"": "yes" if each["evenings"] else "no"},
    }


def holding(day: date, versions: list[tuple[list[date], dict[str, object]]]) -> dict[str, object] | None:
    """Give what holds on a day: what was said last of all that agreed and are valid then."""
    found = None
    for (first, last), each in versions:
        if each["agrees"] and first <= day <= last:
            found = each
    return found


def by_hand(versions: list[tuple[list[date], dict[str, object]]]) -> str:
    """Write the contract with a dated figure wherever something changes, and choices as conditions on days."""
    edges = {FIRST - timedelta(400)}
    for first, last in (span for span, _ in versions):
        edges |= {first, last + timedelta(1)}
    price, threshold, done, whom, evenings = [], [], [], [], []
    ordered = sorted(edges)
    for at, day in enumerate(ordered):
        each = holding(day, versions)
        last = ordered[at + 1] - timedelta(1) if at + 1 < len(ordered) else LAST + timedelta(400)
        start = f"start BETWEEN DATE '{day}' AND DATE '{last}'"
        price.append(f"{day}: {each['price'] if each else '100.00'}")
        threshold.append(f"{day}: {each['threshold'] if each else '100%'}")  # what is paid for it then is taken out
        share = each["done"] if each else 50
        assert isinstance(share, int)
        done.append(f"{day}: {{done: {share}%, share: {100 - share}%}}")
        if each:
            chosen = each["whom"]
            assert isinstance(chosen, set)
            whom += [f"({start} AND ({WHOM[name]}))" for name in sorted(chosen)]
            evenings += [f"({start})"] if each["evenings"] else []
    head, _, rest = CONTRACT.partition("values:\n")
    _, _, tail = rest.partition("outcomes:\n")
    define = f'define:\n  whom: "{" OR ".join(whom) or "FALSE"}"\n  evenings: "{" OR ".join(evenings) or "FALSE"}"\n'
    values = (
        f"values:\n  price: {{dated: {{{', '.join(price)}}}}}\n  threshold: {{dated: {{{', '.join(threshold)}}}}}\n"
        f"  weights: {{by: outcome, dated: {{{', '.join(done)}}}}}\n"
    )
    head = head.replace("agreements:\n  panel: panel-1.yaml\n", "")
    return head + define + values + "outcomes:\n" + tail


@given(st.lists(st.tuples(spans, said), min_size=1, max_size=3), people, st.randoms(use_true_random=False))
def test_what_is_agreed_is_paid_as_if_it_were_written_out(
    drawn: list[tuple[list[date], dict[str, object]]],
    who: list[tuple[str, date, str, int | None]],
    random: object,
) -> None:
    """Every line of every person and group is the same, whatever versions there are and in whatever order."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        names = []
        for at, ((first, last), each) in enumerate(drawn, start=1):
            agrees = bool(each["agrees"])
            panel(folder, at, str(first), str(last), as_said(each), closes="2025-03-01", voters=9 if agrees else 4)
            names.append(f"panel-{at}.yaml")
        random.shuffle(names)  # type: ignore[attr-defined]
        agreed, plain = folder / "contract.yaml", folder / "plain.yaml"
        agreed.write_text(CONTRACT.replace("panel: panel-1.yaml", f"panel: [{', '.join(names)}]"), encoding="utf-8")
        plain.write_text(by_hand(drawn), encoding="utf-8")
        rows = [
            (f"p{at}", provider, str(day), sex, None if after is None else str(day + timedelta(after)))
            for at, (provider, day, sex, after) in enumerate(who)
        ]
        wanted = ["payment", "subject", "provider", "occurrence", "adjustment", "quantity", "amount_minor", "priced_on"]
        one, other = (evaluated(path, rows).statement.lines() for path in (agreed, plain))
        other = other.with_columns(_start=pl.col("period_from"))
        quarters = [FIRST, *(date(year, month, 1) for year in (2025, 2026, 2027) for month in (1, 4, 7, 10))]
        none = [day for day in quarters if holding(day, drawn) is None]
        kept = (pl.col("amount_minor") != 0) & ~(pl.col("_start").is_in(none) & (pl.col("outcome") == "enough"))
        assert one.filter(pl.col("amount_minor") != 0).select(wanted).rows() == other.filter(kept).select(wanted).rows()

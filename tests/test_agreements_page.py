"""The reference of agreements says what the code does."""

from __future__ import annotations

import re
from typing import Final, get_args

from attrs import fields

from pbr.agreement.ballots import HEADINGS
from pbr.agreement.interests import REGISTER
from pbr.agreement.model import AgreementTerms, Electorate, Group, Quorum
from pbr.agreement.papers import STATES
from pbr.agreement.result import Result, Score
from pbr.agreement.rules import Question
from pbr.agreement.scored import Scored
from pbr.document import kind_word
from tests.conftest import ROOT, Golden
from tests.reference import described, terms_of

PAGE: Final = "docs/reference/agreements.md"
MARK: Final = "<!-- rules: made from the docstrings of the rules by `make golden` -->"


def with_rules(page: str) -> str:
    """Put what the docstrings of the rules say into their place on the page."""
    before, _, rest = page.partition(MARK)
    rules = sorted(get_args(Question), key=kind_word)
    return before + "\n\n".join([MARK, *map(described, rules), rest[rest.index("<!-- end -->") :]])


def test_rules_stand_on_the_page_as_their_docstrings_have_them(golden: Golden) -> None:
    """Every rule stands there; `make golden` writes it again."""
    golden(PAGE, with_rules((ROOT / PAGE).read_text(encoding="utf-8")))


def test_every_key_heading_and_state_stands_on_the_page() -> None:
    """No key of the file or the result, no heading of ballots or register and no state of a paper is left out."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    keys = [
        each.name.removesuffix("_")
        for cls in (AgreementTerms, Electorate, Group, Quorum, Scored, Score)
        for each in fields(cls)
    ]
    keys += [each.name for each in fields(Result) if each.name not in {"pbr_result", "sha256"}]
    missing = [word for word in (*keys, *HEADINGS, *REGISTER, *STATES) if not re.search(rf"\b{word}\b", text)]
    assert missing == []


def test_every_term_of_a_rule_is_described() -> None:
    """The terms in the docstring of a rule are those of its class."""
    shared = {"title", "means", "asks", "rule"}
    for rule in get_args(Question):
        assert set(terms_of(rule)) == {each.name for each in fields(rule)} - shared, rule

"""The closed list of the codes of problems."""

from __future__ import annotations

from attrs import frozen

from pbr.codes_of_agreements import AGREEMENT_ROWS
from pbr.codes_of_runs import ROWS


@frozen(kw_only=True)
class Rule:
    """One row of the table of codes.

    Attributes:
        title: What is wrong, in a few words.
        why: Why it is refused.
        fix: What to do about it.
        exit: The exit code of a command that stops at it: 1 the files were read and are wrong, 2 the run could
            not start, 70 our fault. A refused row stops nothing by itself. 0 is a note, at which nothing stops.
    """

    title: str
    why: str
    fix: str
    exit: int = 1


def _rule(title: str, why: str, fix: str, exit_code: int = 1) -> Rule:
    return Rule(title=title, why=why, fix=fix, exit=exit_code)


RULES: dict[str, Rule] = {
    # 0xx: the file and the language
    "PBR001": _rule(
        "file cannot be read",
        "A missing, unreadable or special file has no terms.",
        "Check the path and that it is a plain file you may read.",
        2,
    ),
    "PBR002": _rule(
        "file or line too long",
        "A contract is read by people; a very long one is a mistake or an attack.",
        "Keep the file under 1 MiB and each line under 4,096 characters.",
        2,
    ),
    "PBR003": _rule(
        "not UTF-8 text",
        "Guessing an encoding can change a name or a figure.",
        "Save the file as UTF-8 without control characters.",
        2,
    ),
    "PBR004": _rule(
        "nested too deeply or too many items",
        "Deep or huge structures hide terms and exhaust memory.",
        "Keep nesting under 24 levels and the file under 30,000 items.",
        2,
    ),
    "PBR005": _rule(
        "not YAML",
        "The text does not follow the layout rules of YAML 1.2.",
        "Mend the line named: look for a missing quote, colon or indent.",
        1,
    ),
    "PBR006": _rule(
        "anchor or alias",
        "What is signed must be readable where it stands.",
        "Write the value out again, or name it once under values or define.",
        1,
    ),
    "PBR007": _rule("merge key", "A merge hides which terms hold.", "Write the terms out.", 1),
    "PBR008": _rule(
        "tag", "A tag changes what the text means.", "Remove the tag; the contract's own types are used.", 1
    ),
    "PBR009": _rule(
        "directive or second document", "One file is one contract.", "Keep a single document without % lines.", 1
    ),
    "PBR010": _rule("key written twice", "Only one of two terms can hold.", "Remove one of the two lines named.", 1),
    "PBR011": _rule(
        "text or number too long", "No term needs more than 4,096 characters or 30 digits.", "Shorten it.", 2
    ),
    "PBR012": _rule(
        "unquoted text split at a comma",
        "Between braces a comma ends the text, so half the condition is lost.",
        "Put the whole condition in double quotes.",
        1,
    ),
    "PBR013": _rule("not a map of keys", "A contract is a map of keys at the top.", "Start with `pbr: 1`.", 1),
    "PBR020": _rule(
        "condition cannot be read",
        "Conditions are a small strict subset of SQL.",
        "See docs/reference/conditions.md for what may be written.",
        1,
    ),
    "PBR021": _rule(
        "name not known in this condition",
        "A condition may name fields of its row, of the parent's row, and definitions.",
        "Correct the name or declare the field.",
        1,
    ),
    "PBR022": _rule(
        "types do not fit",
        "Unlike things cannot be compared.",
        "Compare text with text, dates with dates, numbers with numbers.",
        1,
    ),
    "PBR023": _rule(
        "condition too long or too deep", "Long conditions cannot be checked by a reader.", "Split it with define.", 1
    ),
    "PBR024": _rule(
        "word the field cannot hold",
        "A comparison with a word outside one_of is never true.",
        "Use one of the declared words.",
        1,
    ),
    "PBR025": _rule("definitions in a circle", "A definition that uses itself has no meaning.", "Break the circle.", 1),
    "PBR026": _rule(
        "figure that might not fit",
        "Arithmetic is exact in 38 digits; a figure that might need more could not be trusted.",
        "Multiply fewer figures at once, or round a part of it.",
        1,
    ),
    "PBR027": _rule("module of kinds not imported", "Its kinds are not known.", "Name a module, or a .py file.", 2),
    "PBR028": _rule("module without usable kinds", "Not all that a kind needs is there.", "Do what is said.", 2),
    # 1xx: the contract
    "PBR101": _rule("language version not known", "The version says what the words mean.", "Write `pbr: 1`.", 1),
    "PBR102": _rule("required key missing", "Without it the term has no meaning.", "Add the key.", 1),
    "PBR103": _rule(
        "wrong shape", "A map, a list or a single value was expected here.", "Write it in the shape named.", 1
    ),
    "PBR104": _rule("unknown key", "A misspelt term would be silently ignored.", "Correct or remove it.", 1),
    "PBR105": _rule("unknown kind", "The kind says what a term does.", "Use one of the kinds listed.", 1),
    "PBR106": _rule(
        "not one of the words allowed",
        "The term takes one word out of a closed list.",
        "Use one of the words listed.",
        1,
    ),
    "PBR107": _rule("not a date", "Dates are real days written year-month-day.", "Write it like 2025-04-01.", 1),
    "PBR108": _rule(
        "not an amount of money",
        "Money is exact, with no more decimals than the currency has.",
        "Write it like 1250.00.",
        1,
    ),
    "PBR109": _rule(
        "not a number, ratio or duration",
        "The term reads an exact figure.",
        "Write it like 12, 5/6, 94% or 12 weeks.",
        1,
    ),
    "PBR110": _rule(
        "name not allowed",
        "One name means one thing, in lower case.",
        "Choose another name: letters, digits and _, beginning with a letter.",
        1,
    ),
    "PBR111": _rule(
        "name not declared",
        "The term refers to something the contract does not have.",
        "Correct the name or declare it.",
        1,
    ),
    "PBR112": _rule(
        "outcomes or payments in a circle", "What waits for itself is never worked out.", "Break the circle.", 1
    ),
    "PBR113": _rule(
        "start and end the wrong way round", "An end before its start covers nothing.", "Swap or correct them.", 1
    ),
    "PBR114": _rule(
        "currency not known", "The number of decimals comes from ISO 4217.", "Use a three-letter code such as GBP.", 1
    ),
    "PBR120": _rule(
        "price or value missing for a group",
        "A lookup without a match is never zero.",
        "Add a row for the group named.",
        1,
    ),
    "PBR121": _rule(
        "value has a gap in its dates", "Every day of the term needs one value.", "Cover the first day named.", 1
    ),
    "PBR122": _rule(
        "value has two rows for one day",
        "Every day of the term needs one value.",
        "End the earlier row before the later one begins.",
        1,
    ),
    "PBR123": _rule("row for a group that is not declared", "The row would never be used.", "Correct the label.", 1),
    "PBR124": _rule(
        "wrong unit",
        "A price is money, a multiplier a ratio, a window a duration.",
        "Name or write a value of the right unit.",
        1,
    ),
    "PBR125": _rule(
        "per names this twice or cannot use it",
        "A group of lines is made from the subject's own words and at most one period.",
        "Name each once, with at most one period.",
        1,
    ),
    "PBR126": _rule(
        "file of a value wrong",
        "The figures both sides sign stand in it, one row each.",
        "Give a CSV file beside the contract: a heading for each key, `figure`, and `from` and `to` if it is dated.",
        1,
    ),
    "PBR130": _rule(
        "table not properly declared",
        "Rows are tied to subjects by keys.",
        "Give row_is, key and of as shown in docs/reference/language.md.",
        1,
    ),
    "PBR131": _rule(
        "field type not known", "The closed list of types says how a column is read.", "Use one of the types listed.", 1
    ),
    "PBR132": _rule(
        "two fields in one role", "A table has at most one provider and one recorded field.", "Keep one.", 1
    ),
    "PBR133": _rule(
        "time zone missing",
        "An instant becomes a day only in a named zone.",
        "Add time_zone, such as Europe/London, to contract.",
        1,
    ),
    "PBR134": _rule(
        "outcome cannot read this table or field",
        "An outcome reads the cohort's table or a child of it, by a date field.",
        "Name such a table and a date field of it.",
        1,
    ),
    "PBR135": _rule(
        "window not properly written",
        "A window has one anchor and at most one end.",
        "Write it like {after: start, for: 12 weeks}.",
        1,
    ),
    "PBR136": _rule(
        "scale without a number",
        "Steps turn one number into points.",
        "Name a number of the cohort's row under value, or an outcome that has a value under of.",
        1,
    ),
    "PBR137": _rule(
        "step of a scale that cannot be read",
        "Each end of a step is written out, in words that leave no doubt of it.",
        "Write it like `under 16`, `16 to 24` or `25 or more`.",
        1,
    ),
    # 14x: the cases beside a contract
    "PBR140": _rule(
        "name in a case that the contract does not have",
        "What the contract does not name cannot be returned, decided or paid.",
        "Correct the name.",
        1,
    ),
    "PBR141": _rule(
        "case that expects nothing",
        "A case that cannot fail shows nothing.",
        "Add decisions, lines or total under expect.",
        1,
    ),
    "PBR142": _rule(
        "case that expects one decision twice", "Only one of the two can be right.", "Remove one of the two lines.", 1
    ),
    "PBR143": _rule(
        "no case beside the contract",
        "There is nothing to test it by.",
        "Write a file in the folder cases beside the contract; see docs/reference/cases.md.",
        2,
    ),
    "PBR144": _rule(
        "file of a case's rows wrong",
        "A case can be read, copied and run by whoever has the folder of cases.",
        "Name a CSV file in the folder of the case, with the headings of a return.",
        1,
    ),
    "PBR150": _rule(
        "two groups for one person",
        "Whoever is in two groups of a grouping is unknown and unpaid.",
        "Narrow one of the two conditions so that the values named fit one only.",
        1,
    ),
    "PBR151": _rule(
        "no group for somebody",
        "Whoever is in no group of a grouping is unknown and unpaid.",
        "Widen a condition so that the values named fit it, or add a label with `otherwise`.",
        1,
    ),
    "PBR152": _rule(
        "groups cannot be proved",
        "A note: only conditions that compare one field with values written out can be tried in every combination.",
        "Nothing need be done; a person in no group or in two is unknown and unpaid, with the reason.",
        0,
    ),
    "PBR153": _rule(
        "outcome can never be met",
        "Nothing is earned after the last day of the term, and this outcome needs a later day of everybody.",
        "Shorten its window, start it from an earlier day, or lengthen the term.",
        1,
    ),
    "PBR154": _rule(
        "window longer than the term",
        "A note: for everybody who starts in the term the window is still open when the term ends.",
        "Check the length; a window of an event or a fact is cut at the end of the term.",
        0,
    ),
    "PBR155": _rule(
        "outcome nothing pays",
        "A note: no payment and no other outcome reads it, so it is decided and reported only.",
        "Write `paid: no` if that is meant: it is a signpost; else name it under pays_for or of.",
        0,
    ),
    "PBR156": _rule(
        "value nothing reads",
        "A note: a figure that no term names, or that holds only after the term, changes nothing.",
        "Name it where it is meant to be used, or remove it.",
        0,
    ),
    "PBR157": _rule(
        "no step for a value",
        "A lookup without a match is never zero and never the value itself.",
        "Widen a step so that the value named is in it, or add one.",
        1,
    ),
    "PBR158": _rule(
        "two steps for one value",
        "Only one of the two can be meant.",
        "Narrow one of the two so that the value named is in one only.",
        1,
    ),
    "PBR160": _rule(
        "outcome of one where one of groups is meant, or the other way round",
        "What is of groups has no result for one subject; what is on one subject has none for a group.",
        "Write a measure of the outcome, or name an outcome of the same sort.",
        1,
    ),
    "PBR161": _rule(
        "period without a day, or a day without a period",
        "A period is of those whose day lies in it.",
        "Say which day.",
        1,
    ),
    "PBR162": _rule(
        "numerator and denominator of different people", "Such a share can be anything.", "Say who with `among`.", 1
    ),
    "PBR163": _rule(
        "confidence words that cannot be read", "A level is one of a table.", "Write it like `lower 95% two-sided`.", 1
    ),
    "PBR164": _rule(
        "groups that do not lie in each other",
        "Results are read of one group or of one around it.",
        "Measure alike.",
        1,
    ),
    "PBR165": _rule(
        "payment for a group of no provider", "It must be clear who is paid.", "Name provider under `per`.", 1
    ),
    "PBR166": _rule("places that cannot be counted", "Places are filled one by one, from 1.", "Begin at 1.", 1),
    "PBR170": _rule(
        "weights or shares that do not add up to 1",
        "What is weighed, or shared out, would come to more or less than the whole.",
        "Mend the weight or share that is wrong.",
        1,
    ),
    "PBR171": _rule(
        "weights that are not those of the parts, or do not come to 1",
        "A pot is divided whole.",
        "Write one for each, to 100% together.",
        1,
    ),
    "PBR173": _rule(
        "rate of two cohorts",
        "A note: what happened in a period over those who came in it is a rate of nobody, and rises when fewer come.",
        "Show a measure of one cohort beside it, or pay for that.",
        0,
    ),
    "PBR176": _rule(
        "adjustment after a tax",
        "A tax is of what all other adjustments leave; what came after it would be untaxed.",
        "Move the tax to the end of the list.",
        1,
    ),
    "PBR177": _rule(
        "shares that do not add up to the whole",
        "Something would be left over, or paid that is not there.",
        "Change the shares so that they add up to 100%.",
        1,
    ),
    "PBR178": _rule(
        "adjustment after a split",
        "What has been split is of several payees, and it would not be clear whose part is changed.",
        "Write it before the split, or name provider under `per`.",
        1,
    ),
    "PBR180": _rule(
        "figure without an end",
        "The figure of one subject is written out, so its decimals have to end.",
        "Write `round:` with how many decimals it is rounded to.",
        1,
    ),
    "PBR181": _rule(
        "signpost that money depends on",
        "What is said to be unpaid would move money, directly or through other outcomes.",
        "Remove `paid: no`, or let the payment or adjustment read something else.",
        1,
    ),
    "PBR182": _rule(
        "paid outcome that no money depends on",
        "What is said to be paid would never be.",
        "Name it in a payment or adjustment, or write `paid: no`.",
        1,
    ),
    "PBR183": _rule(
        "score of each answer not properly written",
        "With `per` each row of a table has a score of its own, so that nothing chooses among them.",
        "Name a table of the cohort, `per: [NOUN]` of its rows, and no window, baseline or condition.",
        1,
    ),
    "PBR184": _rule(
        "answers read by something else than a measure",
        "What many answers come to has to be counted; one of them says nothing of a participant.",
        "Name a measure of the score.",
        1,
    ),
    "PBR185": _rule(
        "survey not properly written",
        "A survey counts scores of answers among those who were asked, or could be.",
        "Let `of` name a score of each answer, and write the term as docs/how-to/pay-on-satisfaction.md shows.",
        1,
    ),
    "PBR186": _rule(
        "frame not properly written",
        "Who could be asked is fixed before anybody answers, or the answers choose it.",
        "Write {table, date, drawn, over, chosen_by} with a day before the end of the period.",
        1,
    ),
    "PBR187": _rule(
        "question that is scored, or is not, where the other is read",
        "A score is of a group and a period, and an agreed figure is one for all of them.",
        "Read scores with an outcome of the kind `judged`, and other figures among `values`.",
        1,
    ),
    "PBR188": _rule(
        "groups that are not those a panel scores",
        "Each group of each period is found by the label that the agreement has for it.",
        "Write under `per` the period that is scored, and what `of` in the agreement names.",
        1,
    ),
    "PBR189": _rule(
        "label that the contract or the agreement does not have",
        "A score of it would be read by nobody, or nobody would score it.",
        "Spell providers, labels and periods alike in both, with the same last days.",
        1,
    ),
    "PBR190": _rule(
        "contributions to nobody, or two tables of them",
        "Who helped is said once, of somebody.",
        "Keep one table `is: contribution`, of the cohort's noun.",
        1,
    ),
    "PBR191": _rule(
        "contributions that do not say who helped, or when",
        "They are counted by who, up to a day, and perhaps by how much.",
        "Keep one text field with `one_of`, one date, and at most one number `from: 0`.",
        1,
    ),
    "PBR192": _rule(
        "split by contributions that cannot be counted",
        "What is divided must be counted by something, for somebody.",
        "Write the table, or its number, under `by`, and words under `between`.",
        1,
    ),
    "PBR193": _rule(
        "split by contributions of lines that nobody helped to earn",
        "Who helped is known of each subject and its achievements, and of no group and no later day.",
        "Name other payments under `on`, and no `per`; write it before what is paid back or carried later.",
        1,
    ),
    "PBR194": _rule(
        "who is asked may be chosen by who is paid",
        "A note: who chooses who is asked can choose the answers.",
        "Write a frame, and ask everybody in it, or let chance or the commissioner choose.",
        0,
    ),
    "PBR195": _rule(
        "kind that is not of the language",
        "A note: who has another module under this name, or none, cannot check what is paid.",
        "Give both sides the module; its version is part of the fingerprint.",
        0,
    ),
    "PBR196": _rule(
        "terms that their kind refuses",
        "A kind of one's own may say which of its terms go together.",
        "Do as the message says; it is that of the module.",
        1,
    ),
    # 2xx and later: what is found when a contract is run, and 3xx in agreements
    **{code: _rule(*row) for code, row in sorted({**ROWS, **AGREEMENT_ROWS}.items())},
}

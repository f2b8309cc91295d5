"""The codes of problems of agreements, their ballots and their results: title, why, fix and exit of each."""

from __future__ import annotations

from typing import Final, TypeAlias

Row: TypeAlias = "tuple[str, str, str, int]"

AGREEMENT_ROWS: Final[dict[str, Row]] = {
    # 3xx: agreements
    "PBR301": (
        "version of an agreement or result file not known",
        "The version says what the words mean.",
        "Write `pbr_agreement: 1`; a result file is written by `pbr agree`.",
        1,
    ),
    "PBR302": (
        "quorum that cannot be used",
        "A quorum of nobody is none, and one of more than there are is never reached.",
        "Write it like `20 voters` or `10% of eligible`.",
        1,
    ),
    "PBR303": (
        "group of nobody, or a protected group that cannot be asked",
        "A protected group has to agree by itself; one in which nobody may vote never can, or would be passed over.",
        "Correct how many are eligible, or what the group may vote on.",
        1,
    ),
    "PBR304": (
        "agreement or ballot that ends before it starts",
        "It would hold on no day.",
        "Swap or correct the two days.",
        1,
    ),
    "PBR305": (
        "bounds that cannot be used",
        "No paper could lie between them.",
        "Write the lower one first, like `60% to 95%`.",
        1,
    ),
    "PBR306": (
        "question that its rule cannot decide",
        "Each rule decides one sort of question and needs the terms that are its own.",
        "See docs/reference/agreements.md for what each rule asks and needs.",
        1,
    ),
    "PBR307": (
        "ballots are not those that were sealed",
        "A paper may have been added, changed or lost since the hash was written down.",
        "Bring the sealed file back, or count a new version; a result on which nobody relies yet may be deleted.",
        1,
    ),
    "PBR308": (
        "threshold that cannot be read",
        "What must be reached, and whether it must be exceeded, is said in words.",
        "Write it like `over 50%` or `at least 2/3`.",
        1,
    ),
    "PBR309": (
        "file of ballots wrong",
        "Without its headings and rows no paper can be told from another.",
        "Give it the headings that `pbr agree --form` writes.",
        1,
    ),
    "PBR310": (
        "more voters than are eligible",
        "Somebody voted twice, or who may vote was counted wrongly.",
        "Compare the tokens with the list of those who may vote.",
        1,
    ),
    "PBR311": (
        "result file missing or not one",
        "A contract takes an agreed figure from the result that `pbr agree` wrote.",
        "Run `pbr agree` on the agreement and keep the file as it was written.",
        1,
    ),
    "PBR312": (
        "result is not what a recount gives",
        "The agreement, its ballots or the result has been changed since it was counted.",
        "Look at the lines named; count anew and cite the new result.",
        1,
    ),
    "PBR313": (
        "not agreed",
        "The panel did not reach what the rule of the question asks.",
        "The result says by how much; the contract's `if_none` holds, or the panel is asked again.",
        1,
    ),
    "PBR314": (
        "question that nobody was asked",
        "A figure that no panel was asked for cannot be agreed.",
        "Cite a question of the agreement, or count a new version that asks it.",
        1,
    ),
    "PBR315": (
        "agreed figure outside the bounds of the commissioner",
        "The panel decides inside the bounds; a figure is refused and never cut to fit.",
        "Agree anew within the bounds, or change the bounds and sign that.",
        1,
    ),
    "PBR316": (
        "agreed figure that does not fit where it stands",
        "A number, a map, a set and a yes or no are each read in one way.",
        "See docs/reference/agreements.md, agreed figures in a contract.",
        1,
    ),
    "PBR317": (
        "versions of an agreement that do not fit together",
        "It must be clear which version holds on a day, and none may change what is stated already.",
        "Give the versions of one agreement, each once, that begin after their ballots.",
        1,
    ),
    "PBR318": (
        "agreed figure read on a day other than the start",
        "An agreed figure is the one in force at the start of the period, or of the subject, and never at its end.",
        "Write `price_on: start`, or name a period under `per`.",
        1,
    ),
    "PBR319": (
        "result that is not recounted",
        "The panel keeps its ballots; without them the result is taken as it is written.",
        "Put the file of ballots beside the agreement, or ask the panel to run `pbr agree --check`.",
        0,
    ),
    "PBR320": (
        "result too large to be read back",
        "A contract cites the result, and only files within the limits are read.",
        "Ask fewer options or questions in one agreement; several agreements may stand beside each other.",
        1,
    ),
    "PBR321": (
        "question that cannot be scored",
        "A score is of a period that ends, and is in by a day after it.",
        "Write the last day of each period, and `closes: period_end + 28 days`.",
        1,
    ),
    "PBR322": (
        "register of interests wrong",
        "A row that cannot be read would let somebody score what they have an interest in.",
        "Give it the headings voter, question and interest, and a token in each row.",
        1,
    ),
    "PBR323": (
        "interest in what is not scored",
        "The row bars nobody from anything, though it was meant to.",
        "Write the question, and what it scores, as the agreement does.",
        1,
    ),
    "PBR324": (
        "score that comes out otherwise than before",
        "Scores of later periods may come to a result; what was counted before is never scored again.",
        "Bring the papers back as they were; a result on which nobody relies yet may be deleted.",
        1,
    ),
    "PBR325": (
        "register of interests is not the one that was sealed or counted by",
        "Who is barred may have been changed since.",
        "Bring the register back, or count again with it: what was scored before has to come out the same.",
        1,
    ),
}

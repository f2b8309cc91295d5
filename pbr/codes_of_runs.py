"""The codes of problems of a return, an evaluation and its outputs: title, why, fix and exit of each."""

from __future__ import annotations

from typing import Final, TypeAlias

Row: TypeAlias = "tuple[str, str, str, int]"

ROWS: Final[dict[str, Row]] = {
    # 2xx: the return
    "PBR201": (
        "file of the return missing",
        "Each declared table needs a file, even an empty one.",
        "Add TABLE.csv or TABLE.parquet with its headings.",
        2,
    ),
    "PBR202": (
        "two files for one table",
        "Which of them counts would be a guess.",
        "Keep one, or put all parts in a folder named after the table.",
        2,
    ),
    "PBR203": (
        "file of the return cannot be read",
        "Reading it would guess or lose rows.",
        "Save it again as CSV in UTF-8 or as Parquet.",
        2,
    ),
    "PBR204": (
        "column missing",
        "Without the column no row of the file can be typed.",
        "Add the heading, or map it under columns.",
        1,
    ),
    "PBR205": ("heading twice", "Which of the two columns counts would be a guess.", "Rename or remove one.", 2),
    "PBR206": (
        "row too short or too long",
        "Its values may stand under the wrong headings.",
        "Give the row as many values as there are headings; quote values that hold commas.",
        1,
    ),
    "PBR207": (
        "column type is not the declared one",
        "A typed file is taken as it is or not at all.",
        "Write the column in the declared type, or as text.",
        1,
    ),
    "PBR210": ("id empty or not an id", "A row without an id belongs to nobody.", "Fill in the id.", 1),
    "PBR211": ("required field empty", "Keys, provider and recorded may not be empty.", "Fill it in.", 1),
    "PBR212": ("not a date", "Only year-month-day between 1900 and 2199 is read.", "Write it like 2025-04-01.", 1),
    "PBR213": ("not a whole number", "The field is declared whole.", "Write digits only.", 1),
    "PBR214": ("outside the range declared", "The contract says from and to.", "Correct the number.", 1),
    "PBR215": (
        "not a decimal of the places declared",
        "More places would have to be rounded, and nothing is rounded here.",
        "Write it with no more places than declared.",
        1,
    ),
    "PBR216": (
        "word not in the list declared",
        "The contract lists the words the field may hold.",
        "Use a declared word, or map yours under codes.",
        1,
    ),
    "PBR217": (
        "not yes or no",
        "Only declared words count as yes or no.",
        "Write yes or no, or map your words under codes.",
        1,
    ),
    "PBR218": (
        "not an amount of money",
        "Money is exact.",
        "Write it like 1250.00, without signs or thousands separators.",
        1,
    ),
    "PBR219": (
        "not a share",
        "A share is a percentage or a decimal of at most six places.",
        "Write it like 45% or 0.45.",
        1,
    ),
    "PBR220": (
        "not a moment in time, or an hour that happens twice",
        "The day it falls on must be certain.",
        "Write it like 2025-03-31T23:30Z.",
        1,
    ),
    "PBR221": (
        "same key with different content",
        "Which of the rows is right would be a guess, so none counts.",
        "Send one row for the key.",
        1,
    ),
    "PBR222": (
        "row of nobody",
        "No accepted row of the parent table has its key.",
        "Correct the id, or mend the parent's row.",
        1,
    ),
    "PBR223": (
        "provider not in the contract",
        "Only providers named in the contract are paid.",
        "Use a provider's id from contract.providers.",
        1,
    ),
    "PBR224": (
        "control or invisible character",
        "Two ids that look alike would be two people.",
        "Remove the character.",
        1,
    ),
    "PBR225": (
        "ends before it starts",
        "A state that ends before it starts holds on no day, so one of the two is wrong.",
        "Correct the first or the last day.",
        1,
    ),
    "PBR226": (
        "answer of somebody who was not asked",
        "Who answers is chosen before anybody answers, or the answers are those of whom somebody likes.",
        "Remove the row, or add the one by which this person was asked.",
        1,
    ),
    "PBR227": (
        "asked or answered too early",
        "A frame that is drawn, or a list that is written, after the answers can be chosen by them.",
        "Correct the day, or remove the row.",
        1,
    ),
    "PBR228": ("two answers of one person", "Which of them counts would be a guess.", "Send one answer.", 1),
    "PBR229": (
        "asked without being in the frame",
        "Only who could be asked says what those in the frame think.",
        "Remove the row, or mend the table that the frame is drawn from.",
        1,
    ),
    # 4xx: the evaluation
    "PBR401": (
        "amount too large",
        "A sum of this size cannot be held exactly in the files.",
        "Check the prices and quantities.",
        1,
    ),
    "PBR402": ("as-at date not usable", "Entitlement is always as at a stated day.", "Give a date like 2026-06-30.", 2),
    "PBR403": (
        "factor below 0",
        "A line that is multiplied by less than 0 would take what it gives.",
        "Bound the outcome with a scale, or say what is taken with a payment that takes.",
        1,
    ),
    "PBR404": (
        "pot divided by a figure below 0",
        "A part in proportion to less than nothing is none.",
        "Divide by a figure that is never below 0.",
        1,
    ),
    "PBR405": (
        "code of an added kind failed",
        "A kind of somebody's own must decide every subject as docs/how-to/add-a-kind.md says.",
        "Mend the kind in its module, and try it on a small case.",
        1,
    ),
    "PBR406": (
        "package of a runner missing",
        "A cluster is used through packages that pbr itself does without.",
        "Install them with pip install 'pbr[dask]' or 'pbr[spark]', or leave out --runner.",
        2,
    ),
    "PBR407": (
        "cluster cannot be reached",
        "There is nobody to give the work to.",
        "Check the address, and that the scheduler runs and can be reached from here.",
        2,
    ),
    "PBR408": (
        "runner not usable as named",
        "Whether this machine or a cluster was meant would be a guess.",
        "Name local, dask or spark, and a scheduler only with dask or spark.",
        2,
    ),
    "PBR409": (
        "worker lost again and again",
        "What ends its worker each time would be tried for ever.",
        "Give each worker more memory or take smaller partitions, and see that pbr can be imported there.",
        2,
    ),
    "PBR410": (
        "worker of other versions",
        "Two versions can come to two statements.",
        "Install the same Python, pbr and polars on every worker.",
        2,
    ),
    "PBR411": (
        "parts cannot be worked on",
        "Each part has files of its own in a folder that all who work on parts can read and write.",
        "Name an empty folder with room for it with --work, or fewer parts.",
        2,
    ),
    # 5xx: outputs
    "PBR501": (
        "output folder is not ours",
        "Nothing that pbr did not write is overwritten.",
        "Name a new folder, or one that an earlier run wrote.",
        2,
    ),
    "PBR502": (
        "output cannot be written",
        "The folder or disk refused the files; what was there before is untouched.",
        "Check the space and the rights.",
        2,
    ),
    "PBR503": (
        "not the output of a run",
        "There is no run.json in the folder, or it cannot be read.",
        "Name the folder given to evaluate --out.",
        2,
    ),
    "PBR504": (
        "input changed since the run",
        "An explanation must be of the figures that were stated.",
        "Evaluate again, or put the file back.",
        1,
    ),
    "PBR505": (
        "nothing of that name in the run",
        "The participant, outcome or line is not among the subjects of the run.",
        "Check the id; refused rows stand in exceptions.csv.",
        1,
    ),
    "PBR506": (
        "file is there already",
        "Nothing is overwritten.",
        "Name a folder without a file of that name.",
        2,
    ),
    # 9xx: ours
    "PBR901": (
        "fault of pbr itself",
        "A check on our own work failed.",
        "Report it with the command and the code; no data is needed.",
        70,
    ),
}

"""How many examples hypothesis tries, by profile.

`dev` for working, `ci` for `make test` (the same examples every time), `nightly` for long runs, `bite`
for a damaged engine (as `ci`, but a failing example is not made smaller). The
environment variable HYPOTHESIS_PROFILE names one; without it `ci` where CI is set, else `dev`.

A test that runs the engine takes the profile's own number. A law of integers alone, which costs
microseconds, is marked `@integer_law` and takes more.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

ENGINE_EXAMPLES: Final = {"dev": 15, "ci": 15, "nightly": 5_000}
INTEGER_EXAMPLES: Final = {"dev": 250, "ci": 500, "bite": 500, "nightly": 5_000}


def chosen_profile() -> str:
    """Name the profile this run uses."""
    return os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")


def load_profile() -> None:
    """Register the profiles and load the chosen one.

    There is no deadline and no complaint of slowness: both would measure how busy the machine is.
    """
    for name, examples in ENGINE_EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            derandomize=name == "ci",
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
    # a damaged engine must only be noticed: the smallest example of it is worth no minutes
    no_shrinking = (Phase.explicit, Phase.generate)
    settings.register_profile("bite", settings.get_profile("ci"), phases=no_shrinking)
    settings.load_profile(chosen_profile())


load_profile()

integer_law: Final = settings(max_examples=INTEGER_EXAMPLES[chosen_profile()])
"""Decorates a law that never runs the engine."""

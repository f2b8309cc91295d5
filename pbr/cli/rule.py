"""``pbr rule``: what a code means, and what to do about it."""

from __future__ import annotations

import click

from pbr.cli import say


@click.command("rule")
@click.argument("codes", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Show every code and every reason.")
def command(codes: tuple[str, ...], *, every: bool) -> int:
    """Explain CODE: a problem such as PBR104, or the reason or use in a decision such as outside_term."""
    from pbr.problem import LINE_REASONS, REASONS, RULES, USES, did_you_mean, short

    words = {"reason of a decision": REASONS, "reason of a line": LINE_REASONS, "use of a row": USES}
    if not codes and not every:
        raise click.UsageError("name a code, or use --all")
    if every:
        codes = (*RULES, *(name for table in words.values() for name in table))
    for code in dict.fromkeys(codes):
        rule = RULES.get(code.upper())
        if rule is not None:
            say(f"{code.upper()} {rule.title}\n  why  {rule.why}\n  fix  {rule.fix}")
            continue
        found = [(kind, table[code]) for kind, table in words.items() if code in table]
        if not found:
            known = [*RULES, *(name for table in words.values() for name in table)]
            raise click.UsageError(f"no code '{short(code)}'{did_you_mean(code, known)}")
        for kind, text in found:
            say(f"{code} ({kind}): {text}")
    return 0

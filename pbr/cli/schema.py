"""``pbr schema``: the JSON Schema by which an editor checks a file while it is written."""

from __future__ import annotations

import click

from pbr.cli import say
from pbr.cli.own_kinds import kinds_option, load_kinds


@click.command("schema")
@click.argument("file", type=click.Choice(["contract", "case", "agreement"]), default="contract")
@kinds_option
def command(file: str, modules: tuple[str, ...]) -> int:
    """Print the JSON Schema of a contract, of a case, or of an agreement.

    Save it beside the file and name it on the file's first line:
    `# yaml-language-server: $schema=contract.schema.json`.
    """
    from pbr.contract.schema import contract_schema, schema_text
    from pbr.starter import SCHEMAS

    if modules and file != "contract":
        raise click.UsageError("kinds of your own stand in a contract: --kinds goes with the schema of one")
    schema = contract_schema(load_kinds(modules)) if file == "contract" else SCHEMAS[file]()
    say(schema_text(schema), nl=False)
    return 0

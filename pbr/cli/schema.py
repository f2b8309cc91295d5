"""``pbr schema``: the JSON Schema by which an editor checks a file while it is written."""

from __future__ import annotations

import click

from pbr.cli import say


@click.command("schema")
@click.argument("file", type=click.Choice(["contract", "case", "agreement"]), default="contract")
def command(file: str) -> int:
    """Print the JSON Schema of a contract, of a case, or of an agreement.

    Save it beside the file and name it on the file's first line:
    `# yaml-language-server: $schema=contract.schema.json`.
    """
    from pbr.contract.schema import schema_text
    from pbr.starter import SCHEMAS

    say(schema_text(SCHEMAS[file]()), nl=False)
    return 0

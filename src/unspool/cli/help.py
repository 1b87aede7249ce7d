"""Help as plain text, options under the headings of their groups.

Typer's own way imports half of rich, which would double the time that `unspool --help` takes.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

OTHER = "Options"


class GroupedHelp(TyperCommand):
    """A verb whose help lists its options by group, in the order in which they are declared."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                if parameter.param_type_name == "argument":
                    record = (str(parameter.metavar), record[1])
                heading = getattr(parameter, "rich_help_panel", None) or OTHER
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)

"""The engine: any cell over time and batch as one native call forward and one backward."""

from unspool.engine.run import Plan, in_wide_rows, plan, run

__all__ = ["Plan", "in_wide_rows", "plan", "run"]

"""The engine: any cell over time and batch as one native call forward and one backward."""

from unspool.engine.run import Plan, plan, run, side_by_side

__all__ = ["Plan", "plan", "run", "side_by_side"]

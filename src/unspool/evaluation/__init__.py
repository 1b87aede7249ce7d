"""Metrics, baselines, backtests, intervals, verdicts."""

"""Benchmarks: one file a claim, run as `python -m benchmarks.NAME`; README.md tells of each."""

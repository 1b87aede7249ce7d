"""Pairs of sequences for a translator: from tables, or from two text files."""

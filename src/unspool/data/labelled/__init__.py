"""Sequences with labels: from arrays, lists, tables and .ts files to one form."""

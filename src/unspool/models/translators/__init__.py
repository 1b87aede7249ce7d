"""Networks that make a sequence of a sequence."""

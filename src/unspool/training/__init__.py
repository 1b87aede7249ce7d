"""One training step, runs of them, when to stop."""

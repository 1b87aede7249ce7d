"""The parts of `SequenceGenerator`."""

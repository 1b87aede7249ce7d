"""Networks that say what comes next in a sequence."""

"""Libraries measured beside each other: each in a process of its own, asked in turns."""

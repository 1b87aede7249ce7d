"""One training step of every cell, beside other libraries' (`python -m benchmarks.cells`)."""

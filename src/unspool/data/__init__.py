"""Tables and their doctor, series on a regular grid, windows."""

"""The named networks, built from layers."""

"""What fitting and keeping a classifier is made of."""

"""Classifiers beside their baselines: the UCR archive, surnames, grammars."""

"""Generation: figures on text and music, characters a second in training and in sampling."""

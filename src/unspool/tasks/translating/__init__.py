"""What a translator's fitting, writing, judging and saving are made of."""

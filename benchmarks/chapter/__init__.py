"""The chapter's experiments: their figures over seeds, and the same work in Keras on TensorFlow."""

"""One file a network: settings -> its layers, and the head that makes forecasts of their output."""

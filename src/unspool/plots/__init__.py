"""Pictures of forecasts and of training."""

"""What people use: estimators that join data, training and evaluation."""

"""Populations: many models trained at once, and searches over hyperparameters by them."""

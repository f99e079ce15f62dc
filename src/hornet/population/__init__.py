"""Many models trained at once: what searches, ensembles and the finder of learning rates stand on."""

"""Layers that go through the steps of a sequence, one after the other."""

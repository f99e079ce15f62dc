"""Models and runs as files."""

"""Readers of official party lists: one file per format, each gives plain entries."""

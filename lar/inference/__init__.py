"""Mentions of the target, and the target type of each, from similarities."""

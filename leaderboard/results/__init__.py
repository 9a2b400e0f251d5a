"""Scored cells: what everything that is shown comes from."""

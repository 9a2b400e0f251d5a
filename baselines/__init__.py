"""The baselines: one file each."""

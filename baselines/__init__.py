"""The baselines: a file each, or a folder where its algorithm needs one."""

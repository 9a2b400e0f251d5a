"""One question asked of the results in each file."""

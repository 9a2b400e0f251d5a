"""The board: every number computed from stored predictions and gold, never from a stored score."""

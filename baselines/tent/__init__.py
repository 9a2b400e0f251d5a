"""Tent: adaptation to the sentences that are asked about."""

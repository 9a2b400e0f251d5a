"""Generalists: what types a mention in its context in enhanced inference."""

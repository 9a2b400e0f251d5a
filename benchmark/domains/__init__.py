"""Corpora: their data types, reading, checking, describing and fetching them."""

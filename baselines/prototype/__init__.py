"""Prototype: nearest-neighbour tagging over labelled target words."""

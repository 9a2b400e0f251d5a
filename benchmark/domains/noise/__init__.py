"""Noise: errors of annotation in the source, errors of text in a target's test set; gold is carried along."""

"""Submissions: bundles of predictions made elsewhere, checked, scored here, and shown as rows of the board."""

"""Submissions: predictions made elsewhere, checked, scored here, and kept beside a suite's own cells."""

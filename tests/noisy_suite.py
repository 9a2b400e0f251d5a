"""A tiny suite with noise on both sides."""

from __future__ import annotations

NOISE = """
[[noise]]
name = "annotation"
on = "source"
rates = [0.2, 0.4]
kinds = ["types", "missed"]

[[noise]]
name = "text"
on = "target"
rates = [0.1, 0.3]
seed = 7
"""
SUITE = (
    """
name = "tiny"
corpus = "sample"
source = "news"
domains = ["politics"]
settings = ["zero-shot", "supervised"]
seeds = [555]
in_domain = true
in_domain_method = "fake-rule"
methods = ["fake-rule", "fake-supervised"]
"""
    + NOISE
)

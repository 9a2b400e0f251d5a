"""How far a submission was verified, in rising order; what each tier means."""

from __future__ import annotations

REPORTED, RECOMPUTED, SAMPLED, RERUN = "reported", "recomputed", "sampled", "re-run"
TIERS = {
    REPORTED: "scores as claimed, without predictions",
    RECOMPUTED: "scores computed here from the predictions",
    SAMPLED: "and some of its cells run again, with the same predictions",
    RERUN: "and every cell run again, with the same predictions",
}

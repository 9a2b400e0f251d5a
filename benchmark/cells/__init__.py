"""Cells: from a suite to records. Suite → cells → identity → store → runner → ledger."""

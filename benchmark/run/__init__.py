"""From cells to records: the runner, its workers, and what computing a cell means."""

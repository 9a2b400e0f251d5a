"""From a suite to cells: what is to be computed, under which identity, and what that may take."""

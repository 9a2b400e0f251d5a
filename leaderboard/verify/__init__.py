"""Whether stored scores and predictions hold: by a second scorer, and by running cells again."""

"""What to do with a corpus of one's own: which method, what to label next, how much type names matter."""

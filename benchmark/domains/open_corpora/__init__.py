"""Public corpora beside CrossNER; three of them are the development domains, on which choices are made."""

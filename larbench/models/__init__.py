"""A fitted method as a folder: trained outside of a suite, used on new text, exported."""

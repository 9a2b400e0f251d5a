"""The board as a static site: one HTML file with its data, and a page for every cell."""

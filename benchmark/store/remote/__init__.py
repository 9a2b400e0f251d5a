"""A store at a URL: objects that never change, a copy of them on each machine, locks among machines."""

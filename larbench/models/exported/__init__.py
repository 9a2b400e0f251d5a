"""Code that an exported folder holds where words' shapes are embedded; transformers loads it from there.

It knows transformers and torch alone. ``text_larbench`` and ``shapes_larbench``, which it imports, are
written by ``larbench.models.export`` from this project's own rules.
"""

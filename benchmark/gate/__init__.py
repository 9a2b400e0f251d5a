"""The regression gate: whether a run is worse than a baseline, beyond what chance alone would do.

``inputs`` reads two results and pairs their cells, ``gold`` counts predictions, ``spread`` tells what another
seed alone does, ``line_test`` compares, ``decide`` tests all lines together, ``check`` puts it together;
``render`` and ``junit`` write it down; ``simulate`` measures how often it fires without cause, and with one;
``larbench.pytest_plugin`` is for tests elsewhere.
"""

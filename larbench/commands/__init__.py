"""Commands that use methods outside of suites: train, predict, export, recommend and others."""

"""Measurements, each against a baseline of the same run. Not part of the tests: see README.md."""

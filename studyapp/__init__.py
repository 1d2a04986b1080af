"""Spaced repetition and hands-on labs for a course module, in the terminal."""

__version__ = "0.1.0"

"""The rules, pure: no file, clock, randomness, database or screen of their own."""

"""Starts, follows and stops labs as processes of their own; reads references. Never imports torch."""

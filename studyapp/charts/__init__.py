"""Numbers as charts of text, for a terminal of any size: axes, ticks and legend are real text."""

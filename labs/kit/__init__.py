"""What every lab shares: its description, command line, event stream, figures and output folder."""

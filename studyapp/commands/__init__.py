"""The commands of the shell: one file a group, each with `add(commands)`."""

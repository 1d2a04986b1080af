"""Use cases, one transaction each. They know the core and the ports, nothing else."""

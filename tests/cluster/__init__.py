"""The workflow on a real Slurm: `make slurm-proof`."""

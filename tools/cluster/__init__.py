"""The workflow on many machines: how long it takes, and the proof on a real Slurm (`make slurm-proof`)."""

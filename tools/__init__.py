"""What the maintainers run beside the workflow."""

"""Raw data: where it comes from, its formats, and what stands in for it."""

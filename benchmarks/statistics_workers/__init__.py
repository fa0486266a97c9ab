"""What `benchmarks.means_and_clusters` starts: a process for each library, and the points that both are given."""

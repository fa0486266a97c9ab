"""One file a solver; its name is the key."""

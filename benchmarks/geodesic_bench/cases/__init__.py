"""One file a case; its name is the key."""

"""One file a library; its name is the key."""

"""Ways to a decoder's derivatives, from the cheapest to the one that asks for values only; see `choice`."""

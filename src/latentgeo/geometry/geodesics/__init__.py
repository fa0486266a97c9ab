"""Geodesics between given points, from what the caller asks to the record of what was found."""

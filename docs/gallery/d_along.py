"""What is met on the way.

Decoded frames along the straight line (above) and along the geodesic, and the velocity of both: how fast the decoded
image changes.
"""

lg.plot.along(one, decoder, shape=(8, 8), frames=9)

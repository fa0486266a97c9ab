"""Derivatives of a metric and what they carry along: connection, curvature, exponential map, parallel transport."""

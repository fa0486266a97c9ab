"""A page that computes geodesics while a point is dragged: one HTML file of anybody's model, without a server."""

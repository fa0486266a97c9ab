"""What the artifacts say: columns, quantities with their intervals, and the verdict on what the paper reports."""

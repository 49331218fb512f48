"""What the work costs: the database alone, a bare prototype and the product, in one run on the same data."""

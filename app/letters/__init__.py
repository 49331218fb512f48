"""What is written to people: templates and phrases as data, and the only reader of them."""

"""A running example on a private PostgreSQL: five organisations with a believable register."""

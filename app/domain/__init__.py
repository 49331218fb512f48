"""Values in, values out: no database, no HTTP, no files, no clock."""

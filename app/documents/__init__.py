"""Values as files that people open: they know nothing of complaints or of a database."""

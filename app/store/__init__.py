"""SQL, and only SQL: sessions, tables, and one file per noun."""

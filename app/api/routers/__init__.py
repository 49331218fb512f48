"""One file per noun; a route calls one service or reads one thing from the store."""

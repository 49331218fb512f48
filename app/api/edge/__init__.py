"""The outer skin of the API: limits, headers, methods, strict JSON. Knows HTTP, not complaints."""

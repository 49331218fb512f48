"""HTTP: what comes in, what goes out, and how a refusal is told. Decides nothing about complaints."""

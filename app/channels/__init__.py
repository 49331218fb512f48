"""The wires to the outside: mail, web addresses, files. They know nothing of complaints."""

"""Verbs: one function is one use case, inside one transaction."""

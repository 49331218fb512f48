"""Gehoor: complaints of Dutch organisations, with every term computed, guarded and explained."""

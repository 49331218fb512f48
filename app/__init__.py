"""Gehoor: complaints of Dutch organisations, with every term computed, guarded and explained."""

import gc

# A start makes many objects and hardly any garbage, and a page of fifty rows more than the usual 700: look less often.
gc.set_threshold(20_000, 50, 50)

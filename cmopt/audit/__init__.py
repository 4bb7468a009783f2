"""See house: one line each below."""

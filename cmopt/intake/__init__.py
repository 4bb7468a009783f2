"""From files to a checked case: pre-scan, decoding, layout, cells, cross-checks; the template; schemes."""

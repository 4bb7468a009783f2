"""Run folders on disk: written whole or not at all, with a manifest, and read back for verification."""

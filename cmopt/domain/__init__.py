"""The nouns: roster, clients, scheme, problem, allocation, result. No files, no solver."""

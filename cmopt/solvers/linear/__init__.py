"""Large linear goals: exact bounds by relaxation, good divisions by search among what the bound leaves open."""

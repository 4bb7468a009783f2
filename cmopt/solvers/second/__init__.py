"""The second engine: every proven goal proved once more by other means, in a process of its own.

Built from the `Problem` alone, with a formulation of its own; nothing here imports `cmopt.solvers.cpsat`.
"""

"""The parts of a book, divided in a pool of processes, on a cluster, or here: the same result each way.

task: one part as a piece of work that pickles. pool: processes of this machine. cluster: dask.distributed.
running: hands the parts out, tries again what was lost, keeps what is done. machine: how many processes suit.
"""

"""Lessons on many machines: the same jobs, sent through Dask to worker processes here or to a scheduler anywhere."""

import sys
from contextlib import contextmanager

from .course_run import job_text
from .lesson_run import run_text

RETRIES = 2  # of a job whose worker raised; a job whose worker died moves on by itself
PATIENCE_S = 10  # with a scheduler that does not answer
WORKERS = 2  # of `--dask local`


def run_on_cluster(address, work):
    """Yield (job, outcome) as they finish on the workers of a Dask cluster.

    address: "local" for two worker processes on this machine, or that of a scheduler, such as tcp://10.0.0.5:8786,
    whose workers have this package. A worker that dies in the middle costs time, not the run: another takes its lesson.
    A lesson that every worker dies of is a failed one.
    Raises RuntimeError when `distributed` is not installed or no scheduler answers, ValueError for another address.
    """
    if address != "local" and "://" not in address:
        raise ValueError(f"--dask must be local or an address such as tcp://10.0.0.5:8786; this was {address}.")
    distributed = _distributed()
    with _cluster(distributed, address) as place, _client(distributed, place) as client:
        futures = {client.submit(run_text, *job_text(job), pure=False, retries=RETRIES): job for job in work}
        for future in distributed.as_completed(futures):
            try:
                outcome = future.result()
            except distributed.KilledWorker:
                outcome = _died(futures[future], "its worker died each time; is there enough memory?")
            yield futures[future], outcome


def _died(job, error):
    text, _, _ = job_text(job)
    return {"status": "failed", "cell": "", "error": error, "seconds": 0.0, "peak_bytes": 0, "notebook": text}


@contextmanager
def _cluster(distributed, address):
    import dask

    with dask.config.set({"distributed.logging.distributed": "error"}):
        if address == "local":
            quiet = {"dashboard_address": None, "host": "127.0.0.1", "memory_limit": 0}
            with distributed.LocalCluster(n_workers=WORKERS, threads_per_worker=1, **quiet) as cluster:
                yield cluster
        else:
            yield address


def _client(distributed, place):
    try:
        return distributed.Client(place, timeout=PATIENCE_S)
    except (OSError, TimeoutError) as problem:
        raise RuntimeError(f"No Dask scheduler answers at {place}.") from problem


def _distributed():
    try:
        import distributed
    except ModuleNotFoundError:
        raise RuntimeError(
            f"--dask needs the package distributed; install it: {sys.executable} -m pip install 'llmcourse[cluster]'"
        ) from None
    return distributed

"""Hand the parts out, take them in, try again what was lost, stop when asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait

from cmopt.domain.book_result import PartResult
from cmopt.domain.progress import PartNews, Progress
from cmopt.domain.result import Status
from cmopt.errors import CmoptError, finding
from cmopt.i18n import N_
from cmopt.solvers.parts.pool import News, Pool, Work
from cmopt.solvers.parts.task import Task, undone

ATTEMPTS = 3  # of one part
STEP = 0.1  # seconds between two looks at whether to stop

Keep = Callable[[PartResult], None]


def run_parts(
    tasks: Sequence[Callable[[], Task]],
    sizes: Sequence[int],
    work: Work,
    pool: Pool,
    keep: Keep,
    telling: Telling,
) -> dict[str, PartResult]:
    """The parts that were worked on, by name; those never begun, since a stop was asked for, are not there.

    tasks: make a part's task when its turn comes, the larger (`sizes`) first. `keep` gets each result once, as
    it comes. A part whose worker is lost or whose work fails is tried again, `ATTEMPTS` times in all; then a
    lost one is without a division and says so, and a failure is raised. Raises CmoptError as the work does, at
    once.
    """
    return _Running(tasks, sizes, work, pool, keep, telling).run()


class Telling:
    """What is told of all parts together: counts those that are through."""

    def __init__(self, progress: Progress, clients: Mapping[str, int], done: int = 0) -> None:
        self.progress, self._clients, self._of, self._done = progress, clients, len(clients), done

    def goal(self, news: News) -> None:
        name, goal, number, goals, value, bound = news
        self._tell(
            PartNews(name, self._done, self._of, self._clients[name], goal, number, goals, value, bound)
        )

    def ended(self, part: PartResult) -> None:
        self._done += 1
        self._tell(PartNews(part.name, self._done, self._of, self._clients[part.name], result=part.result))

    def again(self, name: str) -> None:
        self._tell(PartNews(name, self._done, self._of, self._clients[name], again=True))

    def _tell(self, news: PartNews) -> None:
        self.progress.part(news)


class _Running:
    def __init__(
        self,
        tasks: Sequence[Callable[[], Task]],
        sizes: Sequence[int],
        work: Work,
        pool: Pool,
        keep: Keep,
        telling: Telling,
    ) -> None:
        self.tasks, self.work, self.pool, self.keep, self.telling = tasks, work, pool, keep, telling
        self.waiting = sorted(range(len(tasks)), key=lambda n: (sizes[n], -n))  # the last is next
        self.attempts = [0] * len(tasks)
        self.at_work: dict[Future[PartResult], tuple[int, Task]] = {}
        self.found: dict[str, PartResult] = {}
        self.stopped = False

    def run(self) -> dict[str, PartResult]:
        while self.waiting or self.at_work:
            self._stop_if_asked()
            while self.waiting and len(self.at_work) < self.pool.places:
                self._hand_out(self.waiting.pop())
                self._stop_if_asked()
            done, _ = wait(self.at_work, timeout=STEP, return_when=FIRST_COMPLETED)
            for news in self.pool.news():
                self.telling.goal(news)
            self._take_in(sorted(done, key=lambda f: self.at_work[f][0]))
        return self.found

    def _stop_if_asked(self) -> None:
        if not self.stopped and self.telling.progress.stop_asked():
            self.stopped = True
            self.waiting.clear()
            self.pool.stop()

    def _hand_out(self, number: int) -> None:
        task = self.tasks[number]()
        self.attempts[number] += 1
        self.at_work[self.pool.submit(self.work, task)] = (number, task)

    def _take_in(self, done: Sequence[Future[PartResult]]) -> None:
        lost = []
        for future in done:
            error = CancelledError() if future.cancelled() else future.exception()
            if error is not None and isinstance(error, self.pool.lost):
                lost.append(future)
                continue
            number, task = self.at_work.pop(future)
            if error is None:
                self._end(future.result())
            else:
                self._failed(number, task, error)
        if lost:
            self._lost(lost)

    def _end(self, part: PartResult) -> None:
        self.found[part.name] = part
        self.keep(part)
        self.telling.ended(part)

    def _failed(self, number: int, task: Task, error: BaseException) -> None:
        """Out of memory: tried again, perhaps beside less. Anything else too, but then it is raised."""
        if isinstance(error, CmoptError):
            raise error
        if self.attempts[number] < ATTEMPTS:
            self._again(number, task)
        elif isinstance(error, MemoryError):
            self._end(undone(task, Status.UNKNOWN, finding("part-memory", OUT_OF_MEMORY, task.slice.name)))
        else:
            raise error

    def _lost(self, futures: Sequence[Future[PartResult]]) -> None:
        """All that is at work is lost with one process of a pool: whoever was not the cause is tried again."""
        lost = [self.at_work.pop(f) for f in futures]
        if self.stopped:
            for _, task in lost:
                self._end(undone(task, Status.CANCELLED))
            return
        alive = self.pool.renew(futures)
        for number, task in reversed(lost):
            if alive and self.attempts[number] < ATTEMPTS:
                self._again(number, task)
            else:
                why = finding("part-lost", LOST if alive else GONE, task.slice.name, n=self.attempts[number])
                self._end(undone(task, Status.UNKNOWN, why))
        if not alive:
            self.waiting.clear()

    def _again(self, number: int, task: Task) -> None:
        self.telling.again(task.slice.name)
        self.waiting.append(number)


OUT_OF_MEMORY = N_("not divided: out of memory; go on with --resume and fewer --workers, or with more memory")
LOST = N_("not divided: the process that worked on it was ended {n} times, perhaps for want of memory")
GONE = N_("not divided: the cluster is gone; go on with --resume")

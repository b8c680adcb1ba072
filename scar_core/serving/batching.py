"""Many sessions, one inference thread: what waits together is answered in one call.

Nothing ever waits for company. The first question starts at once; whatever arrives while it is
being answered goes together into the next call. A call is short: a question about many scenarios is
answered in several, and lets others in between.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from scar_core.errors import ScarError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord
from scar_core.serving.models import Models
from scar_core.serving.wire import DeadlinePassed, QueueFull

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """One request: a record under several scenarios.

    Attributes:
        record: The record, shared with the cache.
        scenarios: One prediction is due for each, in this order.
        prompts: Name to prompt, None for the predictor's own.
        method: Name of the method that shall answer.
    """

    record: ECGRecord
    scenarios: tuple[Scenario, ...]
    prompts: Mapping[str, str] | None
    method: str

    def goes_with(self, other: "Question") -> bool:
        """Whether both may share a call; prompts count in their order, as the answers do."""
        return self.method == other.method and _ordered(self.prompts) == _ordered(other.prompts)


def _ordered(prompts: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    return None if prompts is None else tuple(prompts.items())


@dataclass(eq=False)
class _Waiting:
    question: Question
    future: "asyncio.Future[list[Prediction]]"
    answers: list[Prediction] = field(default_factory=list)

    def next_part(self, n_items: int) -> Question:
        """Return what is to be answered next, ``n_items`` scenarios at most."""
        done = len(self.answers)
        return replace(self.question, scenarios=self.question.scenarios[done : done + n_items])


class Batcher:
    """The queue in front of the inference thread; all methods belong to one event loop.

    Attributes:
        models: What answers.
        warm: Set once the first method is ready, or has failed to be.
        n_calls: Calls made so far.
        n_items: Items in them, one prediction each.
    """

    def __init__(
        self, models: Models, *, max_waiting: int = 64, max_items: int | None = None
    ) -> None:
        """Refuse beyond ``max_waiting`` questions; put at most ``max_items`` into one call.

        None as ``max_items`` lets the device decide.
        """
        self.models = models
        self.warm = asyncio.Event()
        self.n_calls = 0
        self.n_items = 0
        self._max_waiting = max_waiting
        self._max_items = max_items
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inference")

    @property
    def n_waiting(self) -> int:
        """Questions that no call has taken yet."""
        return len(self._waiting)

    async def ask(self, question: Question, deadline_s: float) -> list[Prediction]:
        """Return one prediction per scenario, within ``deadline_s`` seconds.

        Raises:
            QueueFull: If too many wait already.
            DeadlinePassed: If the answer takes longer.
            ScarError: Whatever the predictor raises on this very question.
        """
        if len(self._waiting) >= self._max_waiting:
            raise QueueFull(
                f"The worker has {len(self._waiting)} requests waiting already;"
                " try again in a moment."
            )
        entry = _Waiting(question, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._wake.set()
        try:
            return await asyncio.wait_for(entry.future, deadline_s)
        except TimeoutError:
            doing = "is still loading its models" if self.models.status == "loading" else "is busy"
            raise DeadlinePassed(
                f"The worker {doing} and had no answer within {deadline_s:g} s; try again."
            ) from None
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    async def run(self) -> None:
        """Warm the models, then answer until cancelled; whoever waits then is told so."""
        loop = asyncio.get_running_loop()
        batch: list[tuple[_Waiting, Question]] = []
        try:
            await loop.run_in_executor(self._thread, self.models.warm)
            self.warm.set()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._take():
                    parts = [part for _, part in batch]
                    self.n_calls += 1
                    self.n_items += sum(len(part.scenarios) for part in parts)
                    answers = await loop.run_in_executor(self._thread, self._answer, parts)
                    for (entry, _), answer in zip(batch, answers, strict=True):
                        self._hand_out(entry, answer)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)
            for entry in (*(one for one, _ in batch), *self._waiting):
                _settle(entry.future, WorkerUnavailable("The worker is stopping; try again."))

    def _take(self) -> list[tuple[_Waiting, Question]]:
        """Remove the oldest question, and what goes with it, from the queue; return their parts."""
        batch: list[tuple[_Waiting, Question]] = []
        room = self._max_items or _call_size(self.models.device)
        for entry in list(self._waiting):
            if batch and not entry.question.goes_with(batch[0][1]):
                continue
            self._waiting.remove(entry)
            batch.append((entry, entry.next_part(room)))
            room -= len(batch[-1][1].scenarios)
            if room == 0:
                break
        return batch

    def _hand_out(self, entry: _Waiting, answer: list[Prediction] | ScarError) -> None:
        """Settle a question, or queue it again, behind the others, for its next part."""
        if isinstance(answer, ScarError):
            _settle(entry.future, answer)
            return
        entry.answers += answer
        if len(entry.answers) == len(entry.question.scenarios):
            _settle(entry.future, entry.answers)
        elif not entry.future.done():
            self._waiting.append(entry)

    def _answer(self, questions: list[Question]) -> list[list[Prediction] | ScarError]:
        """Answer on the inference thread; one bad question does not spoil the others'."""
        try:
            predictor = self.models.get(questions[0].method)
        except Exception as error:
            return [_as_said(error)] * len(questions)
        try:
            items = [(one.record, scenario) for one in questions for scenario in one.scenarios]
            flat = iter(predictor.predict(items, questions[0].prompts))
            return [[next(flat) for _ in one.scenarios] for one in questions]
        except Exception as error:
            if len(questions) > 1:
                return [self._answer([question])[0] for question in questions]
            return [_as_said(error)]


def _call_size(device: str | None) -> int:
    """Return how many items a call holds: on a GPU, more take hardly longer."""
    return 64 if device is not None and device.startswith("cuda") else 8


def _as_said(error: Exception) -> ScarError:
    """Return what to tell the asker; a defect goes to the log in full."""
    if isinstance(error, ScarError):
        return error
    log.error("the predictor failed", exc_info=error)
    return WorkerUnavailable(
        f"The worker failed on this request ({type(error).__name__}: {error}); its log says more."
    )


def _settle(future: asyncio.Future[list[Prediction]], answer: list[Prediction] | ScarError) -> None:
    if future.done():  # given up meanwhile
        return
    if isinstance(answer, ScarError):
        future.set_exception(answer)
    else:
        future.set_result(answer)

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from scar_core.errors import CheckpointError, RecordError, ScarError, WorkerUnavailable
from scar_core.missing import Scenario
from scar_core.prediction import Prediction
from scar_core.record import ECGRecord
from scar_core.serving.batching import Batcher, Question
from scar_core.serving.models import Models
from scar_core.serving.wire import DeadlinePassed, QueueFull
from tests.serving.conftest import Start
from tests.serving.fakes import FakePredictor, make_record

HIDE = Scenario(leads=("I",))
Answer = list[Prediction] | BaseException


def ask_all(
    batcher: Batcher, questions: list[Question], *, deadline_s: float = 10.0, cancel: bool = False
) -> list[Answer]:
    """Answer the questions together; the batcher is warm before the first one comes."""

    async def main() -> list[Answer]:
        running = asyncio.create_task(batcher.run())
        while batcher.models.status == "loading":
            await asyncio.sleep(0.001)
        asked = [asyncio.create_task(batcher.ask(one, deadline_s)) for one in questions]
        if cancel:
            await asyncio.sleep(0.05)
            running.cancel()
        answers: list[Answer] = await asyncio.gather(*asked, return_exceptions=True)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return answers

    return asyncio.run(main())


def question(seed: int, n_scenarios: int = 1, prompts: dict[str, str] | None = None) -> Question:
    scenarios = (Scenario(), HIDE) * n_scenarios
    return Question(make_record(seed), scenarios[:n_scenarios], prompts, "scar")


def alone(one: Question) -> list[Prediction]:
    return FakePredictor().predict([(one.record, s) for s in one.scenarios], one.prompts)


def test_what_waits_together_is_answered_together_and_rightly() -> None:
    fake = FakePredictor(delay_s=0.02)
    questions = [question(seed, 1 + seed % 3) for seed in range(12)]
    answers = ask_all(Batcher(Models({"scar": lambda: fake})), questions)
    assert answers == [alone(one) for one in questions]
    assert len(fake.calls) <= 5  # the rehearsal, the first one or eight, the rest
    assert sum(fake.calls) == 1 + sum(len(one.scenarios) for one in questions)


def test_different_prompts_do_not_mix() -> None:
    fake = FakePredictor(delay_s=0.01)
    ab, ba = {"a": "x", "b": "y"}, {"b": "y", "a": "x"}
    questions = [question(seed, 1, [None, ab, ba][seed % 3]) for seed in range(9)]
    answers = ask_all(Batcher(Models({"scar": lambda: fake})), questions)
    assert answers == [alone(one) for one in questions]


def test_a_call_is_never_larger_than_allowed() -> None:
    fake = FakePredictor(delay_s=0.005)
    questions = [question(seed, 3) for seed in range(6)] + [question(9, 20)]
    answers = ask_all(Batcher(Models({"scar": lambda: fake}), max_items=8), questions)
    assert answers == [alone(one) for one in questions]
    assert max(fake.calls) == 8
    assert sum(fake.calls) == 1 + 6 * 3 + 20


def test_a_long_question_lets_others_in_between() -> None:
    fake = FakePredictor(delay_s=0.05)
    batcher = Batcher(Models({"scar": lambda: fake}), max_items=8)
    ended: list[str] = []

    async def main() -> None:
        async def one(name: str, seed: int, n_scenarios: int, after_s: float) -> None:
            await asyncio.sleep(after_s)
            wanted = question(seed, n_scenarios)
            assert await batcher.ask(wanted, 10) == alone(wanted)
            ended.append(name)

        running = asyncio.create_task(batcher.run())
        await batcher.warm.wait()
        await asyncio.gather(one("long", 1, 100, 0), *(one("short", k, 2, 0.07) for k in range(3)))
        running.cancel()

    asyncio.run(main())
    assert ended == ["short"] * 3 + ["long"]


def test_one_bad_question_does_not_spoil_the_others() -> None:
    fake = FakePredictor(delay_s=0.01)
    questions = [question(seed) for seed in range(6)]
    bad = make_record(3)
    for at, rate_hz in ((2, 13.0), (4, 19.0)):
        record = ECGRecord(bad.signal, bad.lead_names, rate_hz, bad.present)
        questions[at] = Question(record, (Scenario(),), None, "scar")
    answers = ask_all(Batcher(Models({"scar": lambda: fake})), questions)
    assert isinstance(answers[2], RecordError)
    assert isinstance(answers[4], WorkerUnavailable)
    for at in (0, 1, 3, 5):
        assert answers[at] == alone(questions[at])


def test_models_that_cannot_be_loaded_are_tried_once_per_call() -> None:
    attempts: list[int] = []

    def missing() -> FakePredictor:
        attempts.append(1)
        raise CheckpointError("Not there.")

    answers = ask_all(Batcher(Models({"scar": missing})), [question(seed) for seed in range(6)])
    assert [type(one) for one in answers] == [CheckpointError] * 6
    assert len(attempts) == 2  # the rehearsal and one call


def test_a_full_queue_refuses_at_once() -> None:
    fake = FakePredictor(delay_s=0.1)
    batcher = Batcher(Models({"scar": lambda: fake}), max_waiting=3)
    answers = ask_all(batcher, [question(seed) for seed in range(8)])
    refused = [one for one in answers if isinstance(one, QueueFull)]
    assert len(refused) == 5
    assert "try again" in str(refused[0])
    assert [isinstance(one, list) for one in answers[:3]] == [True] * 3


def test_the_deadline_holds_and_late_questions_leave_the_queue() -> None:
    fake = FakePredictor(delay_s=0.3)
    batcher = Batcher(Models({"scar": lambda: fake}), max_items=1)
    begun = time.monotonic()
    answers = ask_all(batcher, [question(seed) for seed in range(4)], deadline_s=0.1)
    assert all(isinstance(one, DeadlinePassed) for one in answers)
    assert time.monotonic() - begun < 1.5
    assert batcher.n_waiting == 0
    assert len(fake.calls) <= 2  # the rehearsal and the one that had begun


def test_whoever_waits_at_the_end_is_told() -> None:
    fake = FakePredictor(delay_s=0.2)
    batcher = Batcher(Models({"scar": lambda: fake}), max_items=1)
    answers = ask_all(batcher, [question(seed) for seed in range(3)], cancel=True)
    assert all(isinstance(one, WorkerUnavailable) for one in answers), answers
    assert "stopping" in str(answers[-1])


def test_nobody_waits_for_company() -> None:
    fake = FakePredictor()
    batcher = Batcher(Models({"scar": lambda: fake}))

    async def main() -> None:
        running = asyncio.create_task(batcher.run())
        for _ in range(20):
            await batcher.ask(question(0), 10)
        running.cancel()

    asyncio.run(main())
    assert fake.calls == [1] * 21  # the rehearsal, then each alone


def test_sessions_share_calls_through_the_door(start: Start) -> None:
    fake = FakePredictor(delay_s=0.05)
    client = start(lambda: fake)
    records = [make_record(seed) for seed in range(8)]
    for record in records:
        client.predict(record, [Scenario()])
    fake.calls.clear()
    with ThreadPoolExecutor(8) as sessions:
        answers = list(sessions.map(lambda r: client.predict(r, [Scenario(), HIDE]), records))
    assert answers == [FakePredictor().predict([(r, Scenario()), (r, HIDE)]) for r in records]
    assert sum(fake.calls) == 16
    assert len(fake.calls) < 8
    assert not isinstance(answers[0], ScarError)

"""Linear probes on frozen embeddings at several shares of the training labels (Table 1).

Publishes ``result.json`` and ``results/NAME.json`` as ``zero_shot`` does.
"""

from dataclasses import dataclass, replace

from scar_core.datasets import dataset
from scar_core.errors import ConfigError
from scar_core.jobs.base import JobKind, Json, Plan, Work
from scar_core.jobs.kinds._checks import between
from scar_core.jobs.kinds._evaluation import (
    MEMORY_MB,
    Evaluation,
    Told,
    join,
    keep_results,
    names,
    open_tasks,
    plan_tasks,
    with_words_of,
)

SHARES = (1, 10, 100)


@with_words_of(Evaluation)
@dataclass(frozen=True)
class LinearProbe(Evaluation):
    """Parameters.

    Attributes:
        shares: Percent of the training labels.
        draws: How often a share below 100 % is drawn.
        legacy: The paper's probe, trained by gradient descent, instead.
    """

    shares: tuple[float, ...] = SHARES
    draws: int = 3
    legacy: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        between("draws", self.draws, 1, 100)
        for share in self.shares:
            if not isinstance(share, int | float) or not 0 < share <= 100:
                raise ConfigError(f"a share of the labels is {share!r}; expected 0 to 100 percent")
        if not self.shares:
            raise ConfigError("no share of the labels was given; give one, such as 100")
        splits = dataset(self.dataset).splits
        if not {"train", "val"} <= set(splits):
            raise ConfigError(
                f"{dataset(self.dataset).title} has no training and validation splits here, only "
                f"{', '.join(splits)}, so nothing can be probed on it; choose another dataset"
            )


def _evaluate(asked: LinearProbe, work: Work, task: str) -> Json:
    from scar_core.evaluation.probe_table import evaluate_probes
    from scar_core.training.run import commit

    results = evaluate_probes(
        replace(asked.request("linear-probe", work), tasks=(task,)),
        shares=asked.shares,
        draws=asked.draws,
        legacy=asked.legacy,
        commit=commit(),
        progress=Told(work),
    )
    return keep_results(results, work)


def _plan(asked: LinearProbe, run: Plan) -> Json:
    return plan_tasks("linear_probe", asked, run)


KIND = JobKind(
    title="Linear probe",
    parameters=LinearProbe,
    plan=_plan,
    steps={"open": open_tasks, "evaluate": _evaluate, "join": join},
    lane="long",
    device="any",
    memory_mb=MEMORY_MB,
    names=names(shares=SHARES),
)

"""Words of the guided cases. Every figure is computed when asked for; no sentence holds one."""

from pages.ui.words import joined

TITLE = "Six guided cases"
INTRO = (
    "Each case asks what a loss does to a finding. Think first; then the worker reads the ECG with "
    "and without the part and answers. Where the model and the textbook differ, it says so."
)
GUIDED, QUIZ = "Guided", "Quiz"
MODE = "How to go through them"
LESSONS = "Case"
YOUR_ANSWER = "What do you expect?"
SHOW = "Show what the model says"
ANSWER = "Answer"
READING = "Reading the ECG …"
NEXT = "Next case"
AGAIN = "Start the quiz again"
RIGHT, WRONG = "Right.", "Not this time."
TRY = "Try it yourself"
WHY = "Why"
ALONE = "complete ECG"
NO_CASE = "This case's ECG is not in the gallery here; choose another one."
NO_RESULTS = "No measured CMRS of two trained methods is here yet; run the evaluation first."
TO_CMRS = "All measured scores"
FINDING, VALUE, LOSS = "Probability", "Probability", "What is missing"
AS_EXPECTED = "That is what the textbook leads one to expect."
FIRST_ANSWER = "The first answer to each case counts."


def inside(name: str) -> str:
    """Write an option as it stands inside a sentence; names of leads stay as they are."""
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def passed_over(key: str, value: str) -> str:
    """Say that the link named something unknown."""
    return f"The link's {key}={value[:60]!r} was passed over: there is no such {key}."


def score(right: int, answered: int, n: int) -> str:
    """Tell the quiz's score."""
    return f"{right} of {answered} right, {n - answered} to go" if answered else f"{n} questions"


def finished(right: int, n: int) -> str:
    """Tell the quiz's result."""
    return f"All {n} answered, {right} right."


def picture(title: str) -> str:
    """Describe the case's ECG."""
    return f"{title}: twelve-lead ECG on paper"


def lowest(finding: str, names: tuple[str, ...], before: float, after: float) -> str:
    """Say which loss lowers a finding most."""
    if before - after < 0.01:
        return f"None of these losses makes {finding} less likely here: it stays at {before:.2f}."
    said = joined([inside(name) for name in names])
    return f"With {said}, {finding} is least likely: {after:.2f} instead of {before:.2f}."


def highest(finding: str, names: tuple[str, ...], before: float, after: float) -> str:
    """Say with what little a finding stays likeliest."""
    return (
        f"With {joined([inside(name) for name in names])}, {finding} stays "
        f"likeliest: {after:.2f}; with all leads it is {before:.2f}."
    )


def unexpected(names: tuple[str, ...]) -> str:
    """Say that the model does not follow the textbook."""
    said = " or ".join(inside(name) for name in names)
    return (
        f"The textbook would point to: {said}. This model weighs this ECG otherwise; see on the "
        "Masking page where it looked."
    )


def unsure(finding: str, before: float) -> str:
    """Say that the model was not sure to begin with."""
    return (
        f"The model gives {finding} only {before:.2f} on the complete ECG, so the difference tells "
        "more than the height."
    )


def searched(
    finding: str, share: float, before: float, fall: float, random: float, count: int
) -> str:
    """Compare a searched mask with random ones."""
    times = f", {fall / random:.1f} times as far" if random > 0.005 else ""
    return (
        f"Hiding {100 * share:.0f} % of the ECG at random {count:,} times, {finding} fell from "
        f"{before:.2f} by {random:.2f} at the most. The mask that was searched for, of the same "
        f"size, takes away {fall:.2f}{times}."
    )


def methods(a: str, b: str, full: tuple[float, float], scores: tuple[str, str], winner: str) -> str:
    """Compare two methods' CMRS."""
    told = (
        f"On complete ECGs {a} has an AUROC of {full[0]:.3f} and {b} of {full[1]:.3f}. "
        f"Their CMRS under hard masks is {scores[0]} and {scores[1]}, of 100: "
    )
    if winner:
        return told + f"{winner} keeps more of the answer."
    return told + "the intervals overlap, so these records do not tell them apart."


def methods_question(a: str, b: str, data: str) -> str:
    """Ask which of two methods loses less."""
    return (
        f"{a} and {b} read complete ECGs of {data} about equally well. Parts are then hidden, and "
        "the parts that matter most to a reference model count most. Which of the two keeps more "
        "of its answer?"
    )


RBBB_TITLE = "Why V1 matters in right bundle branch block"
RBBB_ASK = (
    "This ECG has a right bundle branch block. Three groups of leads may be lost. Which loss makes "
    "the finding least likely?"
)
RBBB_V1 = "V1 to V3 hidden"
RBBB_LATERAL = "I, V5 and V6 hidden"
RBBB_LIMB = "II, III and aVF hidden"
RBBB_ONLY = "Only V1 left"
RBBB_WHY = (
    "With the right bundle blocked, the right ventricle is reached late, through the muscle. These "
    "late forces point to the right and forward, to V1: it shows a second, broad R wave (rSR′) "
    "in a QRS of 120 ms or more. I, aVL, V5 and V6 see the same forces going away, as a wide, "
    "slurred S wave. So V1 is where one looks first, and without it the finding becomes less clear "
    "but is not gone: the S wave and the width remain. The last row shows the reverse, V1 alone."
)

INFERIOR_TITLE = "Inferior infarction without II, III and aVF"
INFERIOR_ASK = (
    "This ECG has an acute inferior infarction, seen in II, III and aVF. Which loss takes away "
    "most of what the model knows of it?"
)
INFERIOR_THREE = "II, III and aVF hidden"
INFERIOR_ALL = "All six limb leads hidden"
INFERIOR_CHEST = "V1 to V3 hidden"
INFERIOR_RECOVERED = "II, III and aVF hidden, then recomputed"
INFERIOR_WHY = (
    "II, III and aVF look at the inferior wall, and ST elevation and Q waves there name the "
    "infarction. But the six limb leads come from three electrodes, and any two of them give the "
    "other four: from I and aVL alone, II = 2 · (I − aVL), and III and aVF follow. I and aVL also "
    "show the reciprocal ST depression. The inferior wall is out of the limb leads' sight only "
    "when fewer than two of them are left. The last row lets the model read the recomputed leads."
)

AF_TITLE = "Atrial fibrillation from one lead"
AF_ASK = (
    "A patch or a watch records a single lead. With which of these does the model stay surest of "
    "the atrial fibrillation in this ECG?"
)
AF_I, AF_II, AF_V1, AF_V6 = "Only I", "Only II", "Only V1", "Only V6"
AF_WHY = (
    "Atrial fibrillation is a matter of rhythm: no P waves, and intervals between beats without a "
    "pattern. All leads see the same beats, so the irregularity is in every one of them. The small "
    "fibrillatory waves are seen best in V1, close to the right atrium, and in the inferior leads; "
    "in I, which is about what a watch records, they are often lost. One lead can be enough, but "
    "guidelines ask for a strip of at least 30 s, three times what is shown here."
)

MASKS_TITLE = "What random masks miss and hard masks find"
MASKS_ASK = (
    "A tenth of this ECG is hidden, at random, a thousand times; the worst of the thousand is "
    "noted. Then the worst tenth is searched for. How much farther does the finding fall?"
)
MASKS_LITTLE = "Hardly farther (less than 1.5 times)"
MASKS_SOME = "1.5 to 3 times as far"
MASKS_MUCH = "More than 3 times as far"
MASKS_RANDOM_MEAN = "Random tenth, on average"
MASKS_RANDOM_WORST = "Random tenth, worst of the thousand"
MASKS_HARD = "Searched tenth"
MASKS_WHY = (
    "A random loss is spread over leads and beats: what it takes from one beat is still there in "
    "the next and in another lead. An average over random masks is therefore reassuring. A hard "
    "mask is searched for: it takes what this very answer rests on. Real faults are not random "
    "either: an electrode is off for minutes, a movement hits all leads in the same beats. Random "
    "masks tell the usual case, hard masks a worst one; neither says how often it happens."
)

ELECTRODE_TITLE = "An electrode is not a lead"
ELECTRODE_ASK = (
    "This ECG has a left bundle branch block. Compare hiding one lead with losing the electrode "
    "that gives it its name. Which of these costs the finding most?"
)
ELECTRODE_AVL = "Lead aVL hidden"
ELECTRODE_LA = "Electrode LA off"
ELECTRODE_V1 = "Electrode V1 off"
ELECTRODE_WHY = (
    "aVL is a sum, not a wire: LA − (RA + LL) / 2. Hiding it hides one drawing, and the other limb "
    "leads say the same again. When the electrode LA falls off, all that is computed with it goes: "
    "I, III, aVR, aVL and aVF, and V1 to V6 too, which are measured against the mean of RA, LA and "
    "LL (Wilson's central terminal). Of twelve leads II alone is left. A chest electrode takes "
    "only its own lead."
)

CMRS_TITLE = "Reading CMRS"
CMRS_CANNOT = "The measurements do not tell"
CMRS_AUROC = "AUROC, complete"
CMRS_MASKED = "AUROC, hard masks"
CMRS_SCORE = "CMRS, hard masks"
CMRS_METHOD = "Method"
CMRS_WHY = (
    "AUROC asks whether sick and healthy are told apart; CMRS asks how much of the reference "
    "model's full answer a method still gives when part of the ECG is hidden. Each loss counts by "
    "its severity (how much is hidden) and its impact (how far it moves the reference model). Two "
    "methods of equal AUROC can differ widely in it. Read both together: a model that knows "
    "little has little to lose, and where the reference is unsure itself even one with random "
    "weights may not score zero, so a score alone says nothing about being right."
)


def cmrs(score: float, interval: tuple[float, float] | None) -> str:
    """Write a score with its interval."""
    return f"{score:.1f}" + (f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else "")

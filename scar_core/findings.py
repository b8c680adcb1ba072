"""The findings that an ECG report can name: one vocabulary for simulator, datasets and prompts.

A finding has a code of our own (close to SCP-ECG where it has a name for it), the words that
reports use for it, the codes under which other vocabularies know it, and the broader findings
that it implies. Datasets translate their labels into these codes; ``findings_of`` closes a set
under implication, so that an inferior infarction is also an infarction.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One thing that can be said about an ECG.

    Attributes:
        code: Our code, e.g. ``"CRBBB"``.
        group: ``rhythm``, ``ectopy``, ``conduction``, ``axis``, ``hypertrophy``, ``infarction``,
            ``repolarisation``, ``voltage`` or ``summary`` (the broad classes).
        phrases: Wordings in reports, the preferred one first: it names the finding to people and
            is its class prompt.
        implies: Codes of the broader findings that are true whenever this one is.
        scp: SCP-ECG statement codes, spelled as in PTB-XL.
        snomed: SNOMED CT codes, as in the PhysioNet/CinC Challenges 2020/21.
        synonyms: Further wordings that reports may use: names in SCP-ECG and SNOMED CT,
            abbreviations, older terms; of ``synonyms.json``.
    """

    code: str
    group: str
    phrases: tuple[str, ...]
    implies: tuple[str, ...] = ()
    scp: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The preferred wording with a capital letter, as pages show it."""
        return self.phrases[0][:1].upper() + self.phrases[0][1:]

    @property
    def wordings(self) -> tuple[str, ...]:
        """Everything that reports call it, the preferred wording first."""
        return self.phrases + self.synonyms


_SYNONYMS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("synonyms.json").read_text(encoding="utf-8")
)


def _f(
    code: str,
    group: str,
    phrases: str,
    implies: str = "",
    scp: str = "",
    snomed: str = "",
) -> Finding:
    """Build one row; phrases are separated by ``|``, codes by blanks."""
    return Finding(
        code,
        group,
        tuple(phrase.strip() for phrase in phrases.split("|")),
        tuple(implies.split()),
        tuple(scp.split()),
        tuple(snomed.split()),
        tuple(_SYNONYMS.get(code, ())),
    )


_ROWS = (
    _f("NORM", "summary", "normal ECG|normal electrocardiogram|within normal limits|no abnormality",
       "", "NORM"),
    _f("CD", "summary", "conduction disturbance|conduction abnormality|conduction defect"),
    _f("HYP", "summary", "hypertrophy|chamber enlargement|hypertrophy or chamber overload"),
    _f("MI", "summary", "myocardial infarction|infarction|MI|heart attack", "", "", "164865005"),
    _f("STTC", "summary", "ST-T changes|ST segment and T wave changes|repolarisation abnormality"
       "|ST-T abnormality", "", "", "55930002"),
    _f("SR", "rhythm", "sinus rhythm|regular sinus rhythm|SR", "", "SR", "426783006"),
    _f("SBRAD", "rhythm", "sinus bradycardia|slow sinus rhythm", "BRADY", "SBRAD", "426177001"),
    _f("STACH", "rhythm", "sinus tachycardia|fast sinus rhythm", "TACHY", "STACH", "427084000"),
    _f("SARRH", "rhythm", "sinus arrhythmia|irregular sinus rhythm|respiratory sinus arrhythmia",
       "", "SARRH", "427393009"),
    _f("AFIB", "rhythm", "atrial fibrillation|AF|a fib|irregularly irregular rhythm, no P waves",
       "SVARR", "AFIB", "164889003"),
    _f("AFLT", "rhythm", "atrial flutter|flutter waves|AFL", "SVARR", "AFLT", "164890007"),
    _f("SVT", "rhythm", "supraventricular tachycardia|SVT|narrow complex tachycardia",
       "SVARR TACHY", "SVTAC PSVT", "426761007 713422000"),
    _f("SVARR", "rhythm", "supraventricular arrhythmia", "", "SVARR"),
    _f("PACE", "rhythm", "paced rhythm|pacemaker rhythm|ventricular pacing|artificial pacemaker",
       "", "PACE", "10370003 251266004"),
    _f("BIGU", "rhythm", "bigeminy|bigeminal pattern", "", "BIGU", "11157007"),
    _f("BRADY", "rhythm", "bradycardia|slow heart rate", "", "", "426627000"),
    _f("TACHY", "rhythm", "tachycardia|fast heart rate"),
    _f("PAC", "ectopy", "premature atrial complexes|atrial premature beats|supraventricular"
       " extrasystoles|PAC|atrial ectopics", "", "PAC", "284470004 63593006"),
    _f("PVC", "ectopy", "premature ventricular complexes|ventricular premature beats|ventricular"
       " extrasystoles|PVC|ventricular ectopics", "", "PVC", "427172004 17338001 164884008"),
    _f("AVB1", "conduction", "first degree AV block|prolonged PR interval|1st degree"
       " atrioventricular block", "AVB CD", "1AVB LPR", "270492004 164947007"),
    _f("AVB2", "conduction", "second degree AV block|dropped beats|2nd degree atrioventricular"
       " block|Wenckebach", "AVB CD", "2AVB", "195042002 54016002 426183003"),
    _f("AVB3", "conduction", "complete heart block|third degree AV block|AV dissociation",
       "AVB CD", "3AVB", "27885002"),
    _f("AVB", "conduction", "AV block|atrioventricular block", "CD", "", "233917008"),
    _f("CLBBB", "conduction", "left bundle branch block|LBBB|complete left bundle branch block",
       "CD", "CLBBB", "164909002 733534002"),
    _f("CRBBB", "conduction", "right bundle branch block|RBBB|complete right bundle branch block",
       "CD", "CRBBB", "59118001 713427006"),
    _f("IRBBB", "conduction", "incomplete right bundle branch block|incomplete RBBB|rsr' in V1",
       "CD", "IRBBB", "713426002"),
    _f("ILBBB", "conduction", "incomplete left bundle branch block|incomplete LBBB", "CD",
       "ILBBB", "251120003"),
    _f("LAFB", "conduction", "left anterior fascicular block|left anterior hemiblock|LAFB",
       "CD", "LAFB", "445118002"),
    _f("LPFB", "conduction", "left posterior fascicular block|left posterior hemiblock", "CD",
       "LPFB", "445211001"),
    _f("IVCD", "conduction", "nonspecific intraventricular conduction disturbance|intraventricular"
       " conduction delay|IVCD", "CD", "IVCD", "698252002"),
    _f("WPW", "conduction", "Wolff-Parkinson-White pattern|preexcitation|delta wave", "CD", "WPW",
       "74390002"),
    _f("LAD", "axis", "left axis deviation|leftward axis|axis to the left", "", "", "39732003"),
    _f("RAD", "axis", "right axis deviation|rightward axis|axis to the right", "", "",
       "47665007"),
    _f("LVH", "hypertrophy", "left ventricular hypertrophy|LVH|left ventricular enlargement",
       "HYP", "LVH", "164873001 55827005"),
    _f("RVH", "hypertrophy", "right ventricular hypertrophy|RVH", "HYP", "RVH", "89792004"),
    _f("LAE", "hypertrophy", "left atrial enlargement|left atrial overload|p mitrale", "HYP",
       "LAO/LAE", "67741000119109 253352002"),
    _f("RAE", "hypertrophy", "right atrial enlargement|right atrial overload|p pulmonale", "HYP",
       "RAO/RAE", "446358003"),
    _f("IMI", "infarction", "inferior myocardial infarction|inferior infarct|inferior MI", "MI",
       "IMI ILMI IPMI IPLMI INJIN INJIL"),
    _f("AMI", "infarction", "anterior myocardial infarction|anteroseptal infarct|anterior MI", "MI",
       "AMI ASMI ALMI INJAS INJAL"),
    _f("LMI", "infarction", "lateral myocardial infarction|lateral infarct|lateral MI", "MI",
       "LMI INJLA"),
    _f("ACUTEMI", "infarction", "acute myocardial infarction|acute infarct|ST elevation"
       " myocardial infarction|STEMI|acute injury", "MI", "", "57054005"),
    _f("OLDMI", "infarction", "old myocardial infarction|old infarct|prior infarction", "MI", "",
       "164867002"),
    _f("QWAVE", "infarction", "pathological Q waves|Q waves|abnormal Q waves", "", "QWAVE",
       "164917005"),
    _f("STD", "repolarisation", "ST depression|ST segment depression|depressed ST segments",
       "STTC", "STD_", "429622005"),
    _f("STE", "repolarisation", "ST elevation|ST segment elevation|raised ST segments", "STTC",
       "STE_", "164931005"),
    _f("TINV", "repolarisation", "T wave inversion|inverted T waves|negative T waves", "TAB STTC",
       "INVT", "59931005"),
    _f("TAB", "repolarisation", "T wave abnormality|abnormal T waves|T wave changes", "STTC",
       "NDT NT_ LOWT TAB_", "164934002"),
    _f("NST", "repolarisation", "nonspecific ST-T abnormality|non-specific ST changes|nonspecific"
       " repolarisation changes", "STTC", "NST_", "428750005 164930006"),
    _f("ISC", "repolarisation", "myocardial ischaemia|ischaemic ST-T changes|ischemia", "STTC",
       "ISC_ ISCAL ISCAS ISCLA ISCAN ISCIN ISCIL", "164861001 425623009 426434006 425419005"),
    _f("LQT", "repolarisation", "prolonged QT interval|long QT|QT prolongation", "", "LNGQT",
       "111975006"),
    _f("LVOLT", "voltage", "low QRS voltage|low voltage", "", "LVOLT", "251146004"),
    _f("ABQRS", "summary", "abnormal QRS|abnormal QRS morphology", "", "ABQRS", "164951009"),
)  # fmt: skip

FINDINGS: dict[str, Finding] = {row.code: row for row in _ROWS}
"""Every finding by code, in the order in which pages list them within a group."""

BY_SCP: dict[str, str] = {scp: row.code for row in _ROWS for scp in row.scp}
"""Our code of each SCP-ECG statement that has one."""

BY_SNOMED: dict[str, str] = {snomed: row.code for row in _ROWS for snomed in row.snomed}
"""Our code of each SNOMED CT concept that has one."""


def findings_of(codes: Iterable[str]) -> frozenset[str]:
    """Close a set of finding codes under implication.

    Args:
        codes: Finding codes; each must be a key of ``FINDINGS``.

    Returns:
        The codes and everything that they imply, e.g. ``{"IMI"}`` gives ``{"IMI", "MI"}``.

    Raises:
        KeyError: A code is not in ``FINDINGS``.
    """
    closed: set[str] = set()
    queue = list(codes)
    while queue:
        code = queue.pop()
        if code not in closed:
            closed.add(code)
            queue.extend(FINDINGS[code].implies)
    return frozenset(closed)

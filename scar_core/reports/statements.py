"""Names of the statement codes that ECG data carries: SCP-ECG, SNOMED CT and AHA.

SCP-ECG codes are spelled as in PTB-XL, SNOMED CT concepts are those of the PhysioNet/CinC
Challenges 2020/21, AHA numbers are the primary statements of the 2007 recommendations of the
American Heart Association, the ACC and the HRS.
"""

from collections.abc import Iterable
from typing import Literal

from scar_core.findings import BY_SNOMED, FINDINGS
from scar_core.reports.clean import clean_report

Vocabulary = Literal["scp", "snomed", "aha"]

# SCP code, AHA number or -, name
_SCP = """
NDT - nonspecific T wave abnormality
NST_ 145 nonspecific ST changes
DIG 205 digitalis effect
LNGQT 148 prolonged QT interval
NORM 1 normal ECG
IMI 161 inferior myocardial infarction
ASMI 165 anteroseptal myocardial infarction
LVH 142 left ventricular hypertrophy
LAFB 101 left anterior fascicular block
ISC_ 226 nonspecific ischaemic ST-T changes
IRBBB 105 incomplete right bundle branch block
1AVB - first degree AV block
IVCD 107 nonspecific intraventricular conduction disturbance
ISCAL - ischaemic ST-T changes in anterolateral leads
CRBBB 106 complete right bundle branch block
CLBBB 104 complete left bundle branch block
ILMI - inferolateral myocardial infarction
LAO/LAE 140 left atrial enlargement
AMI 160 anterior myocardial infarction
ALMI - anterolateral myocardial infarction
ISCIN - ischaemic ST-T changes in inferior leads
INJAS - subendocardial injury in anteroseptal leads
LMI 163 lateral myocardial infarction
ISCIL - ischaemic ST-T changes in inferolateral leads
LPFB 102 left posterior fascicular block
ISCAS - ischaemic ST-T changes in anteroseptal leads
INJAL - subendocardial injury in anterolateral leads
ISCLA - ischaemic ST-T changes in lateral leads
RVH 143 right ventricular hypertrophy
ANEUR 227 ST-T changes of a ventricular aneurysm
RAO/RAE 141 right atrial enlargement
EL - electrolyte disturbance or drug effect
WPW - Wolff-Parkinson-White pattern
ILBBB - incomplete left bundle branch block
IPLMI - inferoposterolateral myocardial infarction
ISCAN - ischaemic ST-T changes in anterior leads
IPMI - inferoposterior myocardial infarction
SEHYP - septal hypertrophy
INJIN - subendocardial injury in inferior leads
INJLA - subendocardial injury in lateral leads
PMI 162 posterior myocardial infarction
3AVB 88 third degree AV block
INJIL - subendocardial injury in inferolateral leads
2AVB - second degree AV block
ABQRS - abnormal QRS
PVC 60 ventricular premature complexes
STD_ 502 nonspecific ST depression
VCLVH - voltage criteria for left ventricular hypertrophy
QWAVE - Q waves
LOWT 366 low amplitude T waves
NT_ - nonspecific T wave changes
PAC 30 atrial premature complexes
LPR 82 prolonged PR interval
INVT 367 inverted T waves
LVOLT 125 low QRS voltage
HVOLT - high QRS voltage
TAB_ 147 T wave abnormality
STE_ 501 nonspecific ST elevation
PRC(S) - premature complexes
SR 20 sinus rhythm
AFIB 50 atrial fibrillation
STACH 21 sinus tachycardia
SARRH 23 sinus arrhythmia
SBRAD 22 sinus bradycardia
PACE - artificial pacemaker rhythm
SVARR - supraventricular arrhythmia
BIGU - bigeminy
AFLT 51 atrial flutter
SVTAC 55 supraventricular tachycardia
PSVT - paroxysmal supraventricular tachycardia
TRIGU - trigeminy
"""

_AHA = """
2 otherwise normal ECG
3 abnormal ECG
4 uninterpretable ECG
10 extremity electrode reversal
11 misplaced precordial electrodes
12 missing leads
14 artefact
15 poor quality data
26 sinus pause or arrest
31 nonconducted atrial premature complexes
33 wandering atrial pacemaker
34 ectopic atrial rhythm
36 junctional premature complexes
37 junctional escape complexes
38 junctional rhythm
52 unifocal ectopic atrial tachycardia
53 multifocal atrial tachycardia
54 junctional tachycardia
61 fusion complexes
62 ventricular escape complexes
63 idioventricular rhythm
64 accelerated idioventricular rhythm
70 ventricular tachycardia
74 ventricular fibrillation
80 short PR interval
83 second degree AV block, Mobitz type I (Wenckebach)
84 second degree AV block, Mobitz type II
85 2:1 AV block
89 AV dissociation
108 ventricular preexcitation
120 right axis deviation
121 left axis deviation
122 right superior axis
123 indeterminate axis
124 electrical alternans
128 abnormal precordial R wave progression
144 biventricular hypertrophy
"""

# Concepts for which the project's own vocabulary of findings has no word.
_SNOMED = """
6374002 bundle branch block
5609005 sinus arrest
13640000 fusion beats
17366009 atrial arrhythmia
29320008 junctional rhythm
49260003 idioventricular rhythm
49578007 short PR interval
50799005 AV dissociation
54329005 anterior myocardial infarction
60423000 sinus node dysfunction
61277005 accelerated idioventricular rhythm
61721007 counterclockwise rotation
65778007 sinoatrial block
75532003 ventricular escape beat
77867006 short QT interval
81898007 ventricular escape rhythm
106068003 atrial rhythm
111288001 ventricular flutter
164895002 ventricular tachycardia
164896001 ventricular fibrillation
164912004 P wave change
164921003 R wave abnormality
164937009 U wave abnormality
164942001 fragmented QRS
195060002 ventricular preexcitation
195080001 atrial fibrillation and flutter
195101003 wandering atrial pacemaker
195126007 atrial hypertrophy
251139008 suspected reversal of the arm leads
251164006 junctional premature complexes
251168009 supraventricular bigeminy
251170000 blocked premature atrial contraction
251173003 atrial bigeminy
251180001 ventricular trigeminy
251182009 paired ventricular premature complexes
251205003 prolonged P wave
251259000 high T wave voltage
251268003 atrial pacing
253339007 right atrial abnormality
266249003 ventricular hypertrophy
282825002 paroxysmal atrial fibrillation
314208002 rapid atrial fibrillation
365413008 poor R wave progression
370365005 left ventricular strain
413444003 acute myocardial ischaemia
413844008 chronic myocardial ischaemia
418818005 Brugada pattern
425856008 paroxysmal ventricular tachycardia
426648003 junctional tachycardia
426664006 accelerated junctional rhythm
426749004 chronic atrial fibrillation
426995002 junctional escape beat
428417006 early repolarisation
446813000 left atrial hypertrophy
704997005 inferior ST segment depression
"""


def _rows(table: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in table.strip().splitlines())


_SCP_ROWS = {code: rest.split(" ", 1) for code, rest in _rows(_SCP).items()}
_NAMES: dict[str, dict[str, str]] = {
    "scp": {code: name for code, (_, name) in _SCP_ROWS.items()},
    "aha": {aha: name for aha, name in _SCP_ROWS.values() if aha != "-"} | _rows(_AHA),
    "snomed": {snomed: FINDINGS[code].phrases[0] for snomed, code in BY_SNOMED.items()}
    | _rows(_SNOMED),
}


def statement_name(code: str, vocabulary: Vocabulary) -> str | None:
    """Return the words of a statement code; None if it is not known.

    Args:
        code: ``"IMI"``, ``"164889003"`` or ``"161"``; a trailing ``_`` of SCP codes may be missing.
        vocabulary: ``"scp"``, ``"snomed"`` or ``"aha"``.
    """
    names = _NAMES[vocabulary]
    bare = code.strip()
    return names.get(bare) or (names.get(f"{bare}_") if vocabulary == "scp" else None)


def statements_text(codes: Iterable[str], vocabulary: Vocabulary) -> str:
    """Write statement codes as a clean report, for records that come with codes alone.

    Codes that are not known are left out; nothing known gives an empty text.
    """
    names = (statement_name(code, vocabulary) for code in codes)
    return clean_report(". ".join(dict.fromkeys(name for name in names if name)))

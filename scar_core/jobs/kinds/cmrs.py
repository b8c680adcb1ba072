"""CMRS and AUROC under random and hard missingness, taken apart (Table 2).

Publishes ``result.json`` and ``results/NAME.json`` as ``zero_shot`` does.
"""

from scar_core.jobs.kinds._evaluation import views_kind

KIND = views_kind("cmrs", "CMRS")

"""Figures by type of missingness, and by hidden share from 5 to 80 % (Table 4).

Publishes ``result.json`` and ``results/NAME.json`` as ``zero_shot`` does.
"""

from scar_core.jobs.kinds._evaluation import views_kind

KIND = views_kind("missingness", "Missingness sweep")

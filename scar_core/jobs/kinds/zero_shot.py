"""Zero-shot figures by text prompts under any views (Table 2).

Publishes ``result.json`` (``results``: a result of ``scar_core.results`` for each task) and each of
them as ``results/NAME.json``; they are in the store for pages.
"""

from scar_core.jobs.kinds._evaluation import views_kind

KIND = views_kind("zero_shot", "Zero-shot figures")

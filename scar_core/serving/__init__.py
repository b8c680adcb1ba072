"""The worker's low-latency door: a process that holds the models, and how pages talk to it.

``client``, ``address`` and ``wire`` import the foundation only, so pages may use them;
``batching``, ``door`` and ``process`` are the worker's side; ``up`` starts worker and page.
"""

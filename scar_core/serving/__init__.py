"""The worker: a door that answers at once, a lane for questions that take seconds, and jobs.

``client``, ``line``, ``address``, ``status`` and ``wire`` import the foundation only, so pages may
use the client. ``process`` makes a worker of ``door`` (HTTP), ``batching`` (gestures, on one thread
with the ``models``), ``asking`` (inquiries, in a child process: ``asker``) and ``supervise`` (the
child that works on jobs). ``up`` starts worker and page.
"""

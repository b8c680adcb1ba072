"""A catalogue of kinds of jobs: a file here with ``KIND`` is a kind of job."""

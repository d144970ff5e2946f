"""`mdm bench`: what the device path costs, as ratios within one run.

Read in this order: command.py (what is typed), run.py (what is measured, in which order),
figures.py (what follows from it, and the bars). Around them: stage.py and seed.py (engines and
rows), fleet.py and requests.py (devices and their bytes), server.py, serve.py, wsgi.py and
routes.py (the server under test), load.py (the generator), processes.py (CPU and memory),
report.py (the answer).
"""

from mdm.cli.bench.command import bench

__all__ = ["bench"]

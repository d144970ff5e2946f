"""The keys of simulated iPads, kept from run to run.

Making one takes longer than all that an iPad does with it; they protect nothing.
"""

from pathlib import Path

from mdm.simulator.keys import KeyFolder

SIMULATOR_KEYS = KeyFolder(Path(__file__).parents[1] / ".cache" / "simulator-keys")

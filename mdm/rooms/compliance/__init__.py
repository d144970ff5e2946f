"""How the city's iPads stand to what is wished for them: counted, listed, and explained one by one.

queries.py counts at one instant, members.py finds the iPads behind a number, standing.py is the
rule that both count by. files.py writes the counts down, explaining.py says why one iPad has what
it has, origins.py who decided it. Reads only; the judgements themselves are written by
mdm.rooms.reconciler.
"""

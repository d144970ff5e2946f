"""Files of rosters: bytes in, a roster and its problems out; and the way back.

Here: generic CSV (generic), OneRoster 1.1 and 1.2 (oneroster), Apple School Manager (apple),
SchILD-NRW (schild), and which of them a file is (recognise). Not here: what a roster would change
(policies.roster.difference), a sentence for any problem (the doors).
"""

"""Who is in which class and course of which school, and what an import would change.

Here: rosters as values, their difference and its judgement. Not here: bytes of files
(policies.roster.formats), tables (mdm.rooms.schools).
"""

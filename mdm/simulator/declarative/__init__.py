"""Declarations as an iPad reads, judges, obeys and reports them.

Start at conversation.py (what is done when). documents.py reads what the server says, by rules of
its own, so that the server's mistakes are found; checking.py and evaluation.py judge;
effects.py brings about; reports.py tells. An iPad's side of it is kept in client.py.
"""

"""Simulated iPads and stand-ins for Apple's services. Speaks the wire, knows no room.

Start at ipad.py (what an iPad is), exchange.py (how it talks without a network), enrolment.py
and connection.py (what it says), commands/ (what it does). fleet_thread.py runs many beside
ordinary code; apns.py is the push service that wakes them.
"""

"""Simulated iPads and stand-ins for Apple's services. Speaks the wire, knows no room.

Start at ipad.py (what an iPad is), exchange.py (how it talks without a network), enrolment.py
and connection.py (what it says), commands/ (what it does when told), declarative/ (what it does
by itself). fleet_thread.py runs many beside ordinary code; apns.py is the push service that wakes
them.
"""

"""Invitations: enrolment links, one-time challenges, SCEP transactions."""

"""The device door: check-in, commands, SCEP and the enrolment profile."""

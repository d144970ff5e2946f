"""Devices, their enrollments, certificates, push tokens and reports."""

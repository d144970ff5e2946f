"""Joins the rooms' own facts into frozen values for policies; knows no table."""

"""The door for people: server-rendered pages."""

"""The command channel's formats: what may be asked of an iPad, and how it answers."""

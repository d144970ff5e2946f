"""Effects waiting to leave: claimed, done, or tried again later."""

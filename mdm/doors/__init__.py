"""Who knocks: devices, people and the clock. Thin: read, call a room, answer."""

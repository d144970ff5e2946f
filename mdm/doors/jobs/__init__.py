"""The door for the clock: what workers do when a bell rings or a minute passes."""

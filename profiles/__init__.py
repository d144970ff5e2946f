"""Apple's formats: bytes in, values out. Knows no school, no row and no socket."""

"""What about: each room owns its tables and is alone in writing them."""

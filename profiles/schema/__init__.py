"""Facts about Apple's keys, as tables, and the reader that checks payloads against them."""

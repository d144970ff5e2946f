"""Tables of facts about declarations, one per type; read by profiles.schema.declaration_tables."""

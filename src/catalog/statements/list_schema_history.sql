SELECT version, name, checksum, applied_at FROM schema_history ORDER BY version

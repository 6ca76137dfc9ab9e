COPY (SELECT {columns} FROM {source}) TO {path} (
  FORMAT parquet, COMPRESSION {compression}, FIELD_IDS {{field_ids}}, RETURN_STATS
)

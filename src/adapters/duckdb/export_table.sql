COPY (SELECT {columns} FROM {source}) TO {path} (
  FORMAT parquet, COMPRESSION {compression}, FIELD_IDS {{field_ids}}, ROW_GROUP_SIZE_BYTES {row_group_bytes}, RETURN_STATS
)

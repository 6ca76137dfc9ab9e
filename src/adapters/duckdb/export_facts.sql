-- Facts of a range of positions, a folder `event_date=2026-11-21` for each UTC date.
COPY (
  SELECT {columns}, CAST(occurred_at AS DATE) AS event_date FROM fact_events WHERE seq > {after} AND seq <= {until}
) TO {path} (
  FORMAT parquet, COMPRESSION {compression}, FIELD_IDS {{field_ids}}, PARTITION_BY (event_date),
  FILENAME_PATTERN 'facts_{i}', RETURN_STATS
)

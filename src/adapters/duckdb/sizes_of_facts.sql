-- How much there is to export: a row for each run of positions behind {after}, in order, and one for each UTC date.
SELECT (seq - {after} - 1) // {run} AS run, CAST(CAST(occurred_at AS DATE) AS VARCHAR) AS event_date, count(*) AS row_count,
       CAST(sum(coalesce(strlen(CAST(properties AS VARCHAR)), 0) + coalesce(strlen(CAST(context AS VARCHAR)), 0)) AS BIGINT)
         AS text_bytes
FROM fact_events WHERE seq > {after}
GROUP BY GROUPING SETS ((run), (event_date)) ORDER BY run

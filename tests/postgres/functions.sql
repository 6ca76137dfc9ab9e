-- engine: postgresql
-- What questions call beside standard SQL, as src/adapters/duckdb/functions.sql defines it for DuckDB.
CREATE FUNCTION number_text(number DOUBLE PRECISION) RETURNS TEXT LANGUAGE sql IMMUTABLE AS 'SELECT number::text';

-- The key that a JSON pointer of one step names.
CREATE FUNCTION key_of(place TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
  $$ SELECT replace(replace(substr(place, 2), '~1', '/'), '~0', '~') $$;

CREATE FUNCTION property_text(object JSON, place TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN json_typeof(object -> key_of(place)) = 'number' AND object ->> key_of(place) ~ '[.eE]'
              THEN number_text(CAST(object ->> key_of(place) AS DOUBLE PRECISION)) ELSE object ->> key_of(place) END
$$;

CREATE FUNCTION property_number(object JSON, place TEXT) RETURNS DOUBLE PRECISION LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN json_typeof(object -> key_of(place)) = 'number' THEN CAST(object ->> key_of(place) AS DOUBLE PRECISION) END
$$;

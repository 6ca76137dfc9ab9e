-- The star schema, one row of facts for each accepted event. What a column means: docs/schema.md.
-- An engine that has cheap keys declares them beside this text; DuckDB does not (docs/decisions/0010-star-load.md).
-- {random_text} and {long_text} are how the engine is told to store such a column; they may be empty.

-- One accepted event.
CREATE TABLE fact_events (
  event_id      VARCHAR {random_text} NOT NULL,
  seq           BIGINT           NOT NULL,
  project_id    BIGINT           NOT NULL,
  user_id       BIGINT           NOT NULL,
  product_id    BIGINT,
  session_id    BIGINT,
  time_id       BIGINT           NOT NULL,
  experiment_id VARCHAR,
  variant       VARCHAR,
  event_type    VARCHAR          NOT NULL,
  value         DOUBLE PRECISION,
  amount_minor  BIGINT,
  currency      VARCHAR,
  source        VARCHAR,
  entity_id     VARCHAR,
  status        VARCHAR,
  occurred_at   TIMESTAMP        NOT NULL,
  received_at   TIMESTAMP        NOT NULL,
  anonymous_id  VARCHAR,
  properties    JSON {long_text},
  context       JSON {long_text}
);

-- Somebody who did something in a project: known by user_id, or an anonymous visitor.
CREATE TABLE dim_users (
  user_id    BIGINT    NOT NULL,
  project_id BIGINT    NOT NULL,
  user_uuid  VARCHAR   NOT NULL,
  anonymous  BOOLEAN   NOT NULL,
  first_seen TIMESTAMP NOT NULL,
  last_seen  TIMESTAMP NOT NULL,
  segment    VARCHAR,
  traits     JSON
);

-- Something sold in a project.
CREATE TABLE dim_products (
  product_id BIGINT           NOT NULL,
  project_id BIGINT           NOT NULL,
  sku        VARCHAR          NOT NULL,
  name       VARCHAR,
  category   VARCHAR,
  price_usd  DOUBLE PRECISION
);

-- One visit, as its client named it.
CREATE TABLE dim_sessions (
  session_id   BIGINT           NOT NULL,
  project_id   BIGINT           NOT NULL,
  session_uuid VARCHAR          NOT NULL,
  user_id      BIGINT           NOT NULL,
  entry_page   VARCHAR,
  started_at   TIMESTAMP        NOT NULL,
  duration_s   DOUBLE PRECISION NOT NULL
);

-- One UTC minute in which something occurred.
CREATE TABLE dim_time (
  time_id     BIGINT  NOT NULL,
  event_date  DATE    NOT NULL,
  hour        INTEGER NOT NULL,
  minute      INTEGER NOT NULL,
  day_of_week INTEGER NOT NULL
);

-- What was received in one UTC hour of a project: received = stored + duplicate + quarantined.
CREATE TABLE ledger (
  project_id  BIGINT    NOT NULL,
  hour        TIMESTAMP NOT NULL,
  stored      BIGINT    NOT NULL,
  duplicate   BIGINT    NOT NULL,
  quarantined BIGINT    NOT NULL,
  erased      BIGINT    NOT NULL
);

-- One row: the log position up to which everything above is loaded.
CREATE TABLE load_cursor (position BIGINT NOT NULL);
INSERT INTO load_cursor VALUES (0);

-- One key of `properties` that fact_events has columns of its own for, beside the JSON, which stays the truth: its text in
-- text_column, its number in number_column. They are filled for the facts up to filled_until, and for those behind
-- wanted_until.
CREATE TABLE promoted_properties (
  property      VARCHAR NOT NULL,
  text_column   VARCHAR NOT NULL,
  number_column VARCHAR NOT NULL,
  filled_until  BIGINT  NOT NULL,
  wanted_until  BIGINT  NOT NULL
);

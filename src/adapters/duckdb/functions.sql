-- What questions call beside standard SQL; another engine defines the same. `place` is a JSON pointer (RFC 6901).
-- number_text: a number in its shortest form, 2 for 2.0.
CREATE OR REPLACE TEMP MACRO number_text(number) AS regexp_replace(CAST(number AS VARCHAR), '\.0$', '');
-- property_text: a key of a JSON object as text, numbers in their shortest form, booleans as true and false; null when
-- absent. Only what begins like a number is looked at twice.
CREATE OR REPLACE TEMP MACRO property_text(object, place) AS
  CASE WHEN (object ->> place) < ':' AND json_type(object, place) = 'DOUBLE'
       THEN number_text(CAST(object ->> place AS DOUBLE)) ELSE object ->> place END;
-- property_number: the same as a number; null when it is none.
CREATE OR REPLACE TEMP MACRO property_number(object, place) AS
  CASE WHEN (object ->> place) < ':' AND json_type(object, place) IN ('BIGINT', 'UBIGINT', 'DOUBLE')
       THEN CAST(object ->> place AS DOUBLE) END

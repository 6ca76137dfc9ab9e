-- $1 filled until, $2 property.
UPDATE promoted_properties SET filled_until = $1 WHERE property = $2

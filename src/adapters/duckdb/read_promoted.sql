SELECT property, text_column, number_column, filled_until, wanted_until FROM promoted_properties ORDER BY length(text_column), text_column

-- Which project a change concerns. Entries of before this column have none.
ALTER TABLE audit_entries ADD COLUMN project_number BIGINT REFERENCES projects (number);

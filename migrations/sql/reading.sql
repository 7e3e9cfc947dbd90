-- What reading figures needs beyond the tables.
SELECT 1;

-- The indicator catalogue: definitions with a history.
SELECT 1;

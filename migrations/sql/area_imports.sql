-- Imports of areas from files: checked first, looked at, then taken or given up.
SELECT 1;

SELECT 1;
DROP INDEX indicator.released_cell_closed;
DROP INDEX indicator.fact_history_changed;

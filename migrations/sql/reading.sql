-- What reading figures needs beyond the tables.
SELECT 1;

-- Revisions: what a delivery changed, by the time it was known; what a release closed.
CREATE INDEX fact_history_changed ON indicator.fact_history (dataset_id, known_to);
CREATE INDEX released_cell_closed ON indicator.released_cell
    (series_id, released_to, measure_id, period_id, breakdown_id, area_id)
    WHERE released_to < 2147483647;
-- end of revisions

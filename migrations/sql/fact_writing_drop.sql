CREATE OR REPLACE FUNCTION indicator.check_fact_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT area_id FROM written) AS w
        LEFT JOIN indicator.area AS a ON a.id = w.area_id WHERE a.id IS NULL
    ) OR EXISTS (
        -- together: they are few, and what was written is read once less for each
        SELECT FROM (
            SELECT DISTINCT dataset_id, measure_id, period_id, breakdown_id FROM written
        ) AS w
        LEFT JOIN indicator.dataset AS d ON d.id = w.dataset_id
        LEFT JOIN indicator.measure AS m ON m.id = w.measure_id
        LEFT JOIN indicator.period AS p ON p.id = w.period_id
        LEFT JOIN indicator.breakdown AS b ON b.id = w.breakdown_id
        WHERE d.id IS NULL OR m.id IS NULL OR p.id IS NULL OR b.id IS NULL
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a fact refers to a row that does not exist';
    END IF;
    RETURN NULL;
END
$$;
ALTER POLICY fact_add ON indicator.fact WITH CHECK (
    (SELECT indicator.principal_has('deliveries:create'))
    AND dataset_id IN (
        SELECT d.id FROM indicator.dataset AS d
        WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

-- Facts are written by the million: what guards each row is looked up once a statement.

-- One pass over what was written, in place of two.
CREATE OR REPLACE FUNCTION indicator.check_fact_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT area_id, dataset_id, measure_id, period_id, breakdown_id,
                GROUPING(area_id) = 0 AS is_area
            FROM written
            GROUP BY GROUPING SETS ((area_id), (dataset_id, measure_id, period_id, breakdown_id))
        ) AS w
        WHERE CASE WHEN w.is_area
            THEN NOT EXISTS (SELECT FROM indicator.area AS a WHERE a.id = w.area_id)
            ELSE NOT EXISTS (SELECT FROM indicator.dataset AS d WHERE d.id = w.dataset_id)
                OR NOT EXISTS (SELECT FROM indicator.measure AS m WHERE m.id = w.measure_id)
                OR NOT EXISTS (SELECT FROM indicator.period AS p WHERE p.id = w.period_id)
                OR NOT EXISTS (SELECT FROM indicator.breakdown AS b WHERE b.id = w.breakdown_id)
            END
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a fact refers to a row that does not exist';
    END IF;
    RETURN NULL;
END
$$;

-- Facts are added to the dataset that the transaction says it loads, and only if its holder does.
ALTER POLICY fact_add ON indicator.fact WITH CHECK (
    (SELECT indicator.principal_has('deliveries:create'))
    AND dataset_id = (
        SELECT d.id FROM indicator.dataset AS d
        WHERE d.id = NULLIF(current_setting('qb.loading_dataset_id', true), '')::integer
            AND d.holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

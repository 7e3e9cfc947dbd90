DROP FUNCTION indicator.unsearched_deliveries(interval);
DROP FUNCTION indicator.files_of_deliveries(text[]);
DROP FUNCTION identity.lost_since(text, uuid, uuid, text, text[]);
DROP FUNCTION identity.api_key_creator(uuid);

CREATE OR REPLACE FUNCTION indicator.overdue_deliveries() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT d.id FROM indicator.delivery AS d
    WHERE d.waits_until < now() AND d.state IN ('asking', 'confirming', 'approving')
    ORDER BY d.number;
END;

CREATE OR REPLACE FUNCTION indicator.acting_principal(record_kind text, record_id uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN CASE record_kind
    WHEN 'delivery' THEN (SELECT d.acting FROM indicator.delivery AS d WHERE d.id = record_id)
    WHEN 'release' THEN (SELECT r.acting FROM indicator.release AS r WHERE r.id = record_id)
    WHEN 'area_import' THEN (SELECT i.acting FROM indicator.area_import AS i WHERE i.id = record_id)
    WHEN 'area_directory' THEN
        (SELECT y.acting FROM indicator.area_directory AS y WHERE y.id = record_id)
END;

-- a withdrawal that nobody agreed to was none
UPDATE indicator.delivery SET state = 'accepted', withdrawal = NULL, waits_until = NULL
    WHERE state = 'withdrawal_approving';
UPDATE indicator.delivery SET acting = withdrawing_as
    WHERE state = 'withdrawing' AND withdrawing_as IS NOT NULL;
ALTER TABLE indicator.delivery
    DROP COLUMN withdrawing_as, DROP COLUMN mapped_with_key,
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (
        state IN (
            'received', 'checking', 'asking', 'confirming', 'approving', 'loading',
            'accepted', 'checked', 'rejected', 'failed', 'discarded', 'expired',
            'withdrawing', 'withdrawn'
        )
    );

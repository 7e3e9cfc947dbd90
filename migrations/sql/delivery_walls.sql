-- Deliveries: a second person for withdrawals, who stands behind a machine, whether rights still
-- hold when figures are written, and files that nothing refers to.

ALTER TABLE indicator.delivery
    -- with which rights it is taken back; `acting` stays what it was sent with, as its reach says
    -- what a replacement withdrew
    ADD COLUMN withdrawing_as jsonb,
    -- the API key through which was said last how the table is read
    ADD COLUMN mapped_with_key uuid,
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (
        state IN (
            'received', 'checking', 'asking', 'confirming', 'approving', 'loading',
            'accepted', 'checked', 'rejected', 'failed', 'discarded', 'expired',
            'withdrawal_approving', 'withdrawing', 'withdrawn'
        )
    );

CREATE OR REPLACE FUNCTION indicator.acting_principal(record_kind text, record_id uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN CASE record_kind
    WHEN 'delivery' THEN (
        SELECT CASE WHEN d.state = 'withdrawing' THEN COALESCE(d.withdrawing_as, d.acting)
            ELSE d.acting END
        FROM indicator.delivery AS d WHERE d.id = record_id
    )
    WHEN 'release' THEN (SELECT r.acting FROM indicator.release AS r WHERE r.id = record_id)
    WHEN 'area_import' THEN (SELECT i.acting FROM indicator.area_import AS i WHERE i.id = record_id)
    WHEN 'area_directory' THEN
        (SELECT y.acting FROM indicator.area_directory AS y WHERE y.id = record_id)
END;

CREATE OR REPLACE FUNCTION indicator.overdue_deliveries() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT d.id FROM indicator.delivery AS d
    WHERE d.waits_until < now()
        AND d.state IN ('asking', 'confirming', 'approving', 'withdrawal_approving')
    ORDER BY d.number;
END;

-- Who made an API key; null for anything that is none. Behind what a key does stands this person.
CREATE FUNCTION identity.api_key_creator(key_id uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT k.created_by FROM identity.api_key AS k WHERE k.id = key_id);

-- What an account or API key that began something with a right and for these areas has lost of it
-- since: null, if nothing.
CREATE FUNCTION identity.lost_since(
    subject_kind text, subject_id uuid, organisation_id uuid, right_code text, area_codes text[])
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN o.id IS NULL OR NOT o.is_active THEN 'organisation'
        WHEN held.lost IS NOT NULL THEN held.lost
        WHEN held.rights IS NULL THEN 'subject'
        WHEN NOT $4 = ANY (held.rights) THEN 'right'
        WHEN EXISTS (
            SELECT FROM unnest($5) AS area (code)
            WHERE NOT (identity.area_is_covered(area.code, held.area_codes)
                       AND identity.area_is_covered(area.code, o.area_codes))
        ) THEN 'areas'
    END
    FROM (VALUES (true)) AS one
    LEFT JOIN identity.organisation AS o ON o.id = $3
    LEFT JOIN LATERAL (
        SELECT
            CASE WHEN k.revoked_at IS NOT NULL THEN 'key_revoked'
                 WHEN k.expires_at <= now() THEN 'key_expired' END AS lost,
            k.rights, k.area_codes
        FROM identity.api_key AS k
        WHERE $1 = 'api_key' AND k.id = $2 AND k.organisation_id = o.id
        UNION ALL
        SELECT
            CASE WHEN NOT a.is_active THEN 'account' END,
            ARRAY(SELECT r.right_code FROM identity.membership AS m
                  JOIN identity.role_right AS r ON r.role = m.role
                  WHERE m.account_id = a.id AND m.organisation_id = o.id
                    AND (m.valid_until IS NULL OR m.valid_until >= current_date)),
            ARRAY(SELECT area.code FROM identity.membership AS m,
                      unnest(coalesce(m.area_codes, o.area_codes)) AS area (code)
                  WHERE m.account_id = a.id AND m.organisation_id = o.id
                    AND (m.valid_until IS NULL OR m.valid_until >= current_date))
        FROM identity.account AS a WHERE $1 = 'account' AND a.id = $2
    ) AS held ON true
$$;

-- Of these paths in the object store, the ones that a delivery still refers to. What was said to
-- be deleted a day ago counts no more.
CREATE FUNCTION indicator.files_of_deliveries(paths text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.path FROM unnest(paths) AS p (path)
    WHERE EXISTS (
        SELECT FROM indicator.delivery AS d
        WHERE p.path IN (d.object_path, d.cells_path, d.findings_path)
            AND (d.content_deleted_at IS NULL OR d.content_deleted_at > now() - interval '1 day')
    );
END;

-- Deliveries, of all organisations, that ended so long ago without anybody having searched their
-- files for data of persons, as they could not be read.
CREATE FUNCTION indicator.unsearched_deliveries(kept interval) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT d.id FROM indicator.delivery AS d
    WHERE d.state IN ('rejected', 'failed') AND d.understood = '{}'
        AND d.content_deleted_at IS NULL AND d.finished_at < now() - kept
    ORDER BY d.number;
END;

REVOKE ALL ON FUNCTION identity.api_key_creator(uuid),
    identity.lost_since(text, uuid, uuid, text, text[]),
    indicator.files_of_deliveries(text[]), indicator.unsearched_deliveries(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.api_key_creator(uuid),
    identity.lost_since(text, uuid, uuid, text, text[]),
    indicator.files_of_deliveries(text[]), indicator.unsearched_deliveries(interval)
    TO qb_indicator;

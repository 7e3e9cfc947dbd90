-- Owner functions: they run with the rights of qb_owner, past the policies and the column
-- grants, and are all a service can reach before it knows who acts. Each returns the least that
-- its caller needs; EXECUTE is taken from PUBLIC and given by name.

-- Whether an area lies in one of the roots: official keys carry their parent's key as their
-- beginning; Germany (DG) holds all but the fictional 99…; see identity/area_codes.py.
CREATE FUNCTION identity.area_is_covered(code text, roots text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_or(starts_with($1, root)
                            OR (root = 'DG' AND NOT starts_with($1, '99'))), false)
    FROM unnest($2) AS root
$$;

-- The principal behind a session, with the rights as they stand at this moment.
CREATE FUNCTION identity.session_principal(session_id uuid)
RETURNS TABLE (
    subject_id uuid, subject_kind text, subject_name text,
    organisation_id uuid, organisation_name text, organisation_kind text,
    administration_id uuid,
    roles text[], rights text[], area_codes text[], audiences text[], state text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        a.id, 'account'::text, a.display_name,
        o.id, o.name, o.kind,
        coalesce(o.parent_id, o.id),
        held.roles,
        ARRAY(SELECT DISTINCT r.right_code FROM identity.role_right r
              WHERE r.role = ANY (held.roles) ORDER BY r.right_code),
        held.area_codes,
        ARRAY['public']
            || CASE WHEN o.kind IN ('kommune', 'statistikstelle', 'kreis')
                    THEN ARRAY['administration:' || coalesce(o.parent_id, o.id)]
                    ELSE '{}'::text[] END
            || CASE WHEN o.kind = 'kreis' THEN ARRAY['kreis:' || o.id] ELSE '{}'::text[] END
            || CASE WHEN held.roles && ARRAY['beratung', 'teamleitung']
                    THEN ARRAY['advisory'] ELSE '{}'::text[] END
            || CASE WHEN 'ministerium' = ANY (held.roles)
                    THEN ARRAY['ministry'] ELSE '{}'::text[] END,
        CASE
            WHEN s.revoked_at IS NOT NULL THEN 'revoked'
            WHEN s.expires_at <= now() OR s.last_used_at + s.idle_limit <= now() THEN 'expired'
            WHEN NOT a.is_active OR NOT o.is_active OR held.roles = '{}' THEN 'inactive'
            ELSE 'active'
        END
    FROM identity.session s
    JOIN identity.account a ON a.id = s.account_id
    JOIN identity.organisation o ON o.id = s.organisation_id
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT m.role), '{}') AS roles,
               coalesce(array_agg(DISTINCT area.code)
                            FILTER (WHERE identity.area_is_covered(area.code, o.area_codes)),
                        '{}') AS area_codes
        FROM identity.membership m
        LEFT JOIN LATERAL unnest(coalesce(m.area_codes, o.area_codes)) AS area (code) ON true
        WHERE m.account_id = s.account_id
          AND m.organisation_id = s.organisation_id
          AND (m.valid_until IS NULL OR m.valid_until >= current_date)
    ) held
    WHERE s.id = $1
$$;

-- The principal behind an API key, by the SHA-256 of its secret. Notes the use at most once a
-- minute, never waits for another request with the same key, and leaves it in a read-only
-- transaction.
CREATE FUNCTION identity.api_key_principal(secret_hash bytea)
RETURNS TABLE (
    subject_id uuid, subject_kind text, subject_name text,
    organisation_id uuid, organisation_name text, organisation_kind text,
    administration_id uuid,
    roles text[], rights text[], area_codes text[], audiences text[], state text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF current_setting('transaction_read_only') = 'off' THEN
        UPDATE identity.api_key k SET last_used_at = now()
        WHERE k.id = (
            SELECT due.id FROM identity.api_key due
            WHERE due.secret_hash = $1
              AND due.revoked_at IS NULL AND due.expires_at > now()
              AND (due.last_used_at IS NULL OR due.last_used_at < now() - interval '1 minute')
            FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN QUERY
    SELECT
        k.id, 'api_key'::text, k.name,
        o.id, o.name, o.kind,
        coalesce(o.parent_id, o.id),
        '{}'::text[], k.rights,
        ARRAY(SELECT area.code FROM unnest(k.area_codes) AS area (code)
              WHERE identity.area_is_covered(area.code, o.area_codes)),
        ARRAY['public']
            || CASE WHEN o.kind IN ('kommune', 'statistikstelle', 'kreis')
                    THEN ARRAY['administration:' || coalesce(o.parent_id, o.id)]
                    ELSE '{}'::text[] END
            || CASE o.kind
                    WHEN 'kreis' THEN ARRAY['kreis:' || o.id]
                    WHEN 'landesberatung' THEN ARRAY['advisory']
                    WHEN 'ministerium' THEN ARRAY['ministry']
                    ELSE '{}'::text[] END,
        CASE
            WHEN k.revoked_at IS NOT NULL THEN 'revoked'
            WHEN k.expires_at <= now() THEN 'expired'
            WHEN NOT o.is_active THEN 'inactive'
            ELSE 'active'
        END
    FROM identity.api_key k
    JOIN identity.organisation o ON o.id = k.organisation_id
    WHERE k.secret_hash = $1;
END
$$;

-- What a password is checked against.
CREATE FUNCTION identity.login_credential(name text)
RETURNS TABLE (id uuid, password_hash text, is_active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.id, a.password_hash, a.is_active FROM identity.account a WHERE a.name = $1
$$;

-- Counts an attempt to log in before the password is looked at, so that parallel attempts
-- cannot pass the limit together. False: too many within the window, and not counted.
CREATE FUNCTION identity.begin_login_attempt(
    name_digest bytea, within interval, maximum integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtext('identity.login_attempt'), hashtext(encode($1, 'hex')));
    DELETE FROM identity.login_attempt a
        WHERE a.name_digest = $1 AND a.at <= clock_timestamp() - $2;
    IF (SELECT count(*) FROM identity.login_attempt a WHERE a.name_digest = $1) >= $3 THEN
        RETURN false;
    END IF;
    INSERT INTO identity.login_attempt (name_digest) VALUES ($1);
    RETURN true;
END
$$;

CREATE FUNCTION identity.clear_login_attempts(name_digest bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM identity.login_attempt a WHERE a.name_digest = $1
$$;

-- Finds a session by the SHA-256 of its token and, while it lasts, notes the use. The state is
-- that before the use: 'active', 'expired' or 'revoked'.
CREATE FUNCTION identity.use_session(secret_hash bytea)
RETURNS TABLE (id uuid, account_id uuid, state text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.id, s.account_id,
        CASE
            WHEN s.revoked_at IS NOT NULL THEN 'revoked'
            WHEN s.expires_at <= now() OR s.last_used_at + s.idle_limit <= now() THEN 'expired'
            ELSE 'active'
        END
    FROM identity.session s
    WHERE s.secret_hash = $1
    FOR UPDATE;
    UPDATE identity.session s SET last_used_at = now()
        WHERE s.secret_hash = $1 AND s.revoked_at IS NULL
          AND s.expires_at > now() AND s.last_used_at + s.idle_limit > now();
END
$$;

-- Removes sessions, login attempts and idempotency keys that have been of no use for `kept`;
-- returns how many.
CREATE FUNCTION identity.remove_expired_credentials(kept interval) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH sessions AS (
        DELETE FROM identity.session s
        WHERE least(coalesce(s.revoked_at, s.expires_at), s.expires_at,
                    s.last_used_at + s.idle_limit) < now() - $1
        RETURNING 1
    ), attempts AS (
        DELETE FROM identity.login_attempt a WHERE a.at < now() - $1 RETURNING 1
    ), keys AS (
        DELETE FROM identity.idempotency_key k WHERE k.created_at < now() - $1 RETURNING 1
    )
    SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM attempts)
         + (SELECT count(*) FROM keys)
$$;

REVOKE ALL ON FUNCTION
    identity.session_principal(uuid),
    identity.api_key_principal(bytea),
    identity.login_credential(text),
    identity.begin_login_attempt(bytea, interval, integer),
    identity.clear_login_attempts(bytea),
    identity.use_session(bytea),
    identity.remove_expired_credentials(interval)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    identity.session_principal(uuid),
    identity.api_key_principal(bytea)
TO qb_indicator, qb_consultation, qb_report;
GRANT EXECUTE ON FUNCTION
    identity.login_credential(text),
    identity.begin_login_attempt(bytea, interval, integer),
    identity.clear_login_attempts(bytea),
    identity.use_session(bytea),
    identity.remove_expired_credentials(interval)
TO qb_consultation;

-- Columns are granted one by one where a table holds a hash: no query of the service, and no
-- hole in one, can read it.
GRANT SELECT ON identity.role, identity.role_right TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (name, short_name, parent_id, area_codes, is_active, row_version)
    ON identity.organisation TO qb_consultation;
GRANT SELECT (id, name, display_name, password_changed_at, is_active, created_at, row_version),
    INSERT,
    UPDATE (name, display_name, password_hash, password_changed_at, is_active, row_version)
    ON identity.account TO qb_consultation;
GRANT SELECT, INSERT, DELETE ON identity.membership TO qb_consultation;
GRANT SELECT (id, account_id, organisation_id, created_at, last_used_at, idle_limit,
        expires_at, revoked_at, user_agent),
    INSERT,
    UPDATE (organisation_id, revoked_at)
    ON identity.session TO qb_consultation;
GRANT SELECT (id, organisation_id, name, prefix, rights, area_codes, created_at, created_by,
        expires_at, revoked_at, last_used_at),
    INSERT,
    UPDATE (revoked_at)
    ON identity.api_key TO qb_consultation;
GRANT INSERT ON identity.audit TO qb_consultation;
GRANT SELECT, INSERT, UPDATE (status, body, headers)
    ON identity.idempotency_key TO qb_consultation;

ALTER TABLE identity.role ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.role_right ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.session ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.login_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.idempotency_key ENABLE ROW LEVEL SECURITY;

-- The principal of the transaction. Policies wrap each call in (SELECT ...), so that it is
-- evaluated once a statement and the comparison can use an index.
CREATE FUNCTION identity.current_subject_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('qb.subject_id', true), '')::uuid $$;
CREATE FUNCTION identity.current_organisation_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('qb.organisation_id', true), '')::uuid $$;
CREATE FUNCTION identity.current_administration_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT NULLIF(current_setting('qb.administration_id', true), '')::uuid $$;
CREATE FUNCTION identity.has_right(wanted text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(wanted = ANY (string_to_array(current_setting('qb.rights', true), ',')),
                       false) $$;

CREATE POLICY role_read ON identity.role FOR SELECT TO qb_consultation
    USING ((SELECT identity.current_subject_id()) IS NOT NULL);
CREATE POLICY role_right_read ON identity.role_right FOR SELECT TO qb_consultation
    USING ((SELECT identity.current_subject_id()) IS NOT NULL);

CREATE POLICY organisation_read ON identity.organisation FOR SELECT TO qb_consultation
    USING (
        id = (SELECT identity.current_organisation_id())
        OR id = (SELECT identity.current_administration_id())
        OR parent_id = (SELECT identity.current_administration_id())
        OR id IN (SELECT m.organisation_id FROM identity.membership m
                  WHERE m.account_id = (SELECT identity.current_subject_id()))
        OR (SELECT identity.has_right('organisations:manage'))
        OR (SELECT identity.has_right('accounts:manage'))
    );
CREATE POLICY organisation_add ON identity.organisation FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('organisations:manage')));
CREATE POLICY organisation_change ON identity.organisation FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('organisations:manage')));

CREATE POLICY account_read ON identity.account FOR SELECT TO qb_consultation
    USING (id = (SELECT identity.current_subject_id())
           OR (SELECT identity.has_right('accounts:manage')));
CREATE POLICY account_add ON identity.account FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('accounts:manage')));
CREATE POLICY account_change ON identity.account FOR UPDATE TO qb_consultation
    USING (id = (SELECT identity.current_subject_id())
           OR (SELECT identity.has_right('accounts:manage')));

CREATE POLICY membership_read ON identity.membership FOR SELECT TO qb_consultation
    USING (account_id = (SELECT identity.current_subject_id())
           OR (SELECT identity.has_right('accounts:manage')));
CREATE POLICY membership_add ON identity.membership FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('accounts:manage')));
CREATE POLICY membership_remove ON identity.membership FOR DELETE TO qb_consultation
    USING ((SELECT identity.has_right('accounts:manage')));

CREATE POLICY session_read ON identity.session FOR SELECT TO qb_consultation
    USING (account_id = (SELECT identity.current_subject_id())
           OR (SELECT identity.has_right('accounts:manage')));
CREATE POLICY session_add ON identity.session FOR INSERT TO qb_consultation
    WITH CHECK (account_id = (SELECT identity.current_subject_id()));
CREATE POLICY session_change ON identity.session FOR UPDATE TO qb_consultation
    USING (account_id = (SELECT identity.current_subject_id())
           OR (SELECT identity.has_right('accounts:manage')));

CREATE POLICY api_key_read ON identity.api_key FOR SELECT TO qb_consultation
    USING ((organisation_id = (SELECT identity.current_organisation_id())
            AND (SELECT identity.has_right('api_keys:manage')))
           OR (SELECT identity.has_right('organisations:manage')));
CREATE POLICY api_key_add ON identity.api_key FOR INSERT TO qb_consultation
    WITH CHECK (organisation_id = (SELECT identity.current_organisation_id())
                AND created_by = (SELECT identity.current_subject_id())
                AND (SELECT identity.has_right('api_keys:manage')));
CREATE POLICY api_key_change ON identity.api_key FOR UPDATE TO qb_consultation
    USING ((organisation_id = (SELECT identity.current_organisation_id())
            AND (SELECT identity.has_right('api_keys:manage')))
           OR (SELECT identity.has_right('organisations:manage')));

-- Whoever writes to the trail signs as the principal; nobody reads or changes it through here.
CREATE POLICY audit_add ON identity.audit FOR INSERT TO qb_consultation
    WITH CHECK (subject_id = (SELECT identity.current_subject_id()));

CREATE POLICY idempotency_key_own ON identity.idempotency_key TO qb_consultation
    USING (organisation_id = (SELECT identity.current_organisation_id()));

-- The public face of an organisation, for the other services: names are no secret. The view
-- runs with its owner's rights on purpose.
CREATE VIEW identity.organisation_public AS
    SELECT id, name, short_name, kind, parent_id, area_codes FROM identity.organisation;
GRANT SELECT ON identity.organisation_public TO qb_indicator, qb_consultation, qb_report;

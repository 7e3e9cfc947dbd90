-- Who sees and writes what of requests and cases. A record belongs to two sides: the
-- municipality that asked and the team that advises; everybody else sees no row of it.

GRANT SELECT ON consultation.topic TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (state, decision_reason, decided_by_name, decided_at, case_id, row_version)
    ON consultation.request TO qb_consultation;
GRANT SELECT, INSERT ON consultation.request_message, consultation.state_change TO qb_consultation;
GRANT SELECT, INSERT, UPDATE (consented_by, consented_by_name, consented_at)
    ON consultation.agreement TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (title, state, phase, topics, area_codes, advisor_id, advisor_name, changed_at,
            row_version)
    ON consultation.advice_case TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (text, state, proposed_by_side, proposed_by, proposed_by_name, proposed_at,
            confirmed_by_side, confirmed_by_name, confirmed_at, reason, changed_at, row_version)
    ON consultation.goal TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (kind, occurred_on, title, text, visibility, topics, changed_at, row_version)
    ON consultation.entry TO qb_consultation;
GRANT SELECT, INSERT,
    UPDATE (title, text, due_on, side, visibility, state, done_by_name, done_at, changed_at,
            row_version)
    ON consultation.task TO qb_consultation;
GRANT INSERT ON consultation.audit TO qb_consultation;
GRANT SELECT, INSERT, UPDATE (status, body, headers)
    ON consultation.idempotency_key TO qb_consultation;

ALTER TABLE consultation.topic ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.reference_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.request ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.request_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.agreement ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.advice_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.state_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.goal ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultation.idempotency_key ENABLE ROW LEVEL SECURITY;

CREATE POLICY topic_read ON consultation.topic FOR SELECT TO qb_consultation
    USING ((SELECT identity.current_subject_id()) IS NOT NULL);

CREATE POLICY request_read ON consultation.request FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
CREATE POLICY request_add ON consultation.request FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('requests:create'))
                AND organisation_id = (SELECT identity.current_organisation_id())
                AND created_by = (SELECT identity.current_subject_id())
                AND state = 'eingegangen'
                AND EXISTS (SELECT FROM identity.organisation_public AS team
                            WHERE team.id = team_organisation_id
                              AND team.kind = 'landesberatung'));
-- Each side reaches only the states that are its own to decide, and a request that has been
-- decided stays so.
CREATE POLICY request_change ON consultation.request FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND state IN ('eingegangen', 'angeboten')
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())))
    WITH CHECK ((organisation_id = (SELECT identity.current_organisation_id())
                 AND (SELECT identity.has_right('requests:create'))
                 AND state IN ('angenommen', 'zurueckgezogen'))
                OR (team_organisation_id = (SELECT identity.current_organisation_id())
                    AND (SELECT identity.has_right('cases:advise'))
                    AND state IN ('angeboten', 'abgelehnt')));

CREATE POLICY request_message_read ON consultation.request_message FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
CREATE POLICY request_message_add ON consultation.request_message FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:write'))
                AND author_id = (SELECT identity.current_subject_id())
                AND CASE side WHEN 'kommune' THEN organisation_id ELSE team_organisation_id END
                    = (SELECT identity.current_organisation_id())
                AND EXISTS (SELECT FROM consultation.request AS asked
                            WHERE asked.id = request_id
                              AND asked.state IN ('eingegangen', 'angeboten')));

CREATE POLICY agreement_read ON consultation.agreement FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
CREATE POLICY agreement_propose ON consultation.agreement FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:advise'))
                AND team_organisation_id = (SELECT identity.current_organisation_id())
                AND proposed_by = (SELECT identity.current_subject_id())
                AND consented_at IS NULL
                AND EXISTS (SELECT FROM consultation.request AS asked
                            WHERE asked.id = request_id
                              AND asked.state IN ('eingegangen', 'angeboten')));
-- Consent is the municipality's own act, in the name of who gives it.
CREATE POLICY agreement_consent ON consultation.agreement FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('requests:create'))
           AND organisation_id = (SELECT identity.current_organisation_id())
           AND consented_at IS NULL)
    WITH CHECK (consented_by = (SELECT identity.current_subject_id()));

CREATE POLICY advice_case_read ON consultation.advice_case FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
-- A case is opened by the municipality alone, on the agreement it has consented to.
CREATE POLICY advice_case_open ON consultation.advice_case FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('requests:create'))
                AND organisation_id = (SELECT identity.current_organisation_id())
                AND state = 'vereinbart'
                AND EXISTS (SELECT FROM consultation.agreement AS agreed
                            WHERE agreed.id = agreement_id
                              AND agreed.request_id = advice_case.request_id
                              AND agreed.consented_by = (SELECT identity.current_subject_id())));
CREATE POLICY advice_case_change ON consultation.advice_case FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())))
    -- consent is the municipality's to withdraw
    WITH CHECK (state <> 'zurueckgezogen'
                OR organisation_id = (SELECT identity.current_organisation_id()));

CREATE POLICY state_change_read ON consultation.state_change FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
-- Noted before it is made: from the state there is, and none after the end.
CREATE POLICY state_change_add ON consultation.state_change FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:write'))
                AND changed_by = (SELECT identity.current_subject_id())
                AND CASE side WHEN 'kommune' THEN organisation_id ELSE team_organisation_id END
                    = (SELECT identity.current_organisation_id())
                AND EXISTS (SELECT FROM consultation.advice_case AS c
                            WHERE c.id = case_id AND c.state = from_state
                              AND c.state NOT IN ('abgeschlossen', 'zurueckgezogen')));

CREATE POLICY goal_read ON consultation.goal FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));
CREATE POLICY goal_propose ON consultation.goal FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:write'))
                AND state = 'vorgeschlagen'
                AND proposed_by = (SELECT identity.current_subject_id())
                AND CASE proposed_by_side
                    WHEN 'kommune' THEN organisation_id ELSE team_organisation_id END
                    = (SELECT identity.current_organisation_id()));
CREATE POLICY goal_change ON consultation.goal FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND (organisation_id = (SELECT identity.current_organisation_id())
                OR team_organisation_id = (SELECT identity.current_organisation_id())));

-- What the team keeps to itself is a row that the municipality's transactions do not have.
CREATE POLICY entry_read ON consultation.entry FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (team_organisation_id = (SELECT identity.current_organisation_id())
                OR (organisation_id = (SELECT identity.current_organisation_id())
                    AND visibility = 'gemeinsam')));
CREATE POLICY entry_add ON consultation.entry FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:write'))
                AND author_id = (SELECT identity.current_subject_id())
                AND CASE side WHEN 'kommune' THEN organisation_id ELSE team_organisation_id END
                    = (SELECT identity.current_organisation_id()));
CREATE POLICY entry_change ON consultation.entry FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND author_id = (SELECT identity.current_subject_id())
           AND kind <> 'ereignis'
           AND CASE side WHEN 'kommune' THEN organisation_id ELSE team_organisation_id END
               = (SELECT identity.current_organisation_id()))
    WITH CHECK (kind <> 'ereignis');

CREATE POLICY task_read ON consultation.task FOR SELECT TO qb_consultation
    USING ((SELECT identity.has_right('cases:read'))
           AND (team_organisation_id = (SELECT identity.current_organisation_id())
                OR (organisation_id = (SELECT identity.current_organisation_id())
                    AND visibility = 'gemeinsam')));
CREATE POLICY task_add ON consultation.task FOR INSERT TO qb_consultation
    WITH CHECK ((SELECT identity.has_right('cases:write'))
                AND created_by = (SELECT identity.current_subject_id())
                AND (team_organisation_id = (SELECT identity.current_organisation_id())
                     OR (organisation_id = (SELECT identity.current_organisation_id())
                         AND visibility = 'gemeinsam')));
CREATE POLICY task_change ON consultation.task FOR UPDATE TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND (team_organisation_id = (SELECT identity.current_organisation_id())
                OR (organisation_id = (SELECT identity.current_organisation_id())
                    AND visibility = 'gemeinsam')));

CREATE POLICY audit_add ON consultation.audit FOR INSERT TO qb_consultation
    WITH CHECK (subject_id = (SELECT identity.current_subject_id())
                AND organisation_id = (SELECT identity.current_organisation_id()));
-- The answers kept there hold what was written.
CREATE POLICY idempotency_key_own ON consultation.idempotency_key TO qb_consultation
    USING ((SELECT identity.has_right('cases:write'))
           AND organisation_id = (SELECT identity.current_organisation_id()));

-- What policies cannot say, as they see a row only before or only after a change.
CREATE FUNCTION consultation.stays_shared() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.visibility = 'gemeinsam' AND NEW.visibility = 'intern' THEN
        RAISE EXCEPTION 'what was shared stays shared' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entry_stays_shared BEFORE UPDATE OF visibility ON consultation.entry
    FOR EACH ROW EXECUTE FUNCTION consultation.stays_shared();
CREATE TRIGGER task_stays_shared BEFORE UPDATE OF visibility ON consultation.task
    FOR EACH ROW EXECUTE FUNCTION consultation.stays_shared();

CREATE FUNCTION consultation.case_stays_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'an ended case is not changed' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER advice_case_stays_ended BEFORE UPDATE ON consultation.advice_case
    FOR EACH ROW WHEN (OLD.state IN ('abgeschlossen', 'zurueckgezogen'))
    EXECUTE FUNCTION consultation.case_stays_ended();

-- Consent is to the version that stands, while the request is open.
CREATE FUNCTION consultation.consent_to_what_stands() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM consultation.request AS r
                   WHERE r.id = NEW.request_id AND r.state = 'angeboten')
        OR EXISTS (SELECT FROM consultation.agreement AS later
                   WHERE later.request_id = NEW.request_id AND later.version > NEW.version) THEN
        RAISE EXCEPTION 'this agreement is not the one that stands'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER agreement_consent_to_what_stands BEFORE UPDATE ON consultation.agreement
    FOR EACH ROW WHEN (OLD.consented_at IS NULL AND NEW.consented_at IS NOT NULL)
    EXECUTE FUNCTION consultation.consent_to_what_stands();

-- A goal is worded by a side in its own name and then proposed anew; the other side's word on it
-- is the other side's to give.
CREATE FUNCTION consultation.goal_keeps_its_word() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own_side text := CASE identity.current_organisation_id()
        WHEN NEW.organisation_id THEN 'kommune'
        WHEN NEW.team_organisation_id THEN 'beratung'
    END;
BEGIN
    IF (NEW.text, NEW.proposed_by_side, NEW.proposed_by, NEW.proposed_by_name)
            IS DISTINCT FROM
            (OLD.text, OLD.proposed_by_side, OLD.proposed_by, OLD.proposed_by_name)
        OR (NEW.state = 'vorgeschlagen' AND OLD.state <> 'vorgeschlagen') THEN
        IF (NEW.state = 'vorgeschlagen'
            AND NEW.proposed_by_side = own_side
            AND NEW.proposed_by = identity.current_subject_id()
            AND NEW.confirmed_by_side IS NULL) IS NOT TRUE THEN
            RAISE EXCEPTION 'a goal is proposed in one''s own name'
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (NEW.confirmed_by_side, NEW.confirmed_by_name)
            IS DISTINCT FROM (OLD.confirmed_by_side, OLD.confirmed_by_name)
        AND (OLD.state = 'vorgeschlagen' AND NEW.state = 'vereinbart'
             AND NEW.confirmed_by_side = own_side
             -- nor by the same person, working for the other side by now
             AND OLD.proposed_by <> identity.current_subject_id()) IS NOT TRUE THEN
        RAISE EXCEPTION 'a goal is confirmed in one''s own name'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

-- Nothing is written into an ended case, nor into one that the principal does not see. The
-- service holds the case's row while it writes.
CREATE FUNCTION consultation.case_must_be_open() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present text;
BEGIN
    SELECT c.state INTO present FROM consultation.advice_case AS c WHERE c.id = NEW.case_id;
    IF present IS NULL THEN
        RAISE EXCEPTION 'nothing is written into a case that is not seen'
            USING ERRCODE = 'insufficient_privilege';
    ELSIF present IN ('abgeschlossen', 'zurueckgezogen') THEN
        RAISE EXCEPTION 'nothing is written into an ended case'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER goal_in_open_case BEFORE INSERT OR UPDATE ON consultation.goal
    FOR EACH ROW EXECUTE FUNCTION consultation.case_must_be_open();
CREATE TRIGGER goal_keeps_its_word BEFORE UPDATE ON consultation.goal
    FOR EACH ROW EXECUTE FUNCTION consultation.goal_keeps_its_word();
CREATE TRIGGER entry_in_open_case BEFORE INSERT OR UPDATE ON consultation.entry
    FOR EACH ROW EXECUTE FUNCTION consultation.case_must_be_open();
CREATE TRIGGER task_in_open_case BEFORE INSERT OR UPDATE ON consultation.task
    FOR EACH ROW EXECUTE FUNCTION consultation.case_must_be_open();

-- Owner functions: they run past the policies, return the least that their caller needs, and
-- nothing without a principal that has the right.

-- The next human reference of a kind in a year, such as A-2026-0001; without gaps, as the
-- counter's row is held until the end of the transaction.
CREATE FUNCTION consultation.next_reference(kind text, year integer) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO consultation.reference_counter AS counter (kind, year, last)
    SELECT $1, $2, 1 WHERE identity.has_right('requests:create')
    ON CONFLICT (kind, year) DO UPDATE SET last = counter.last + 1
    RETURNING $1 || '-' || $2 || '-' || lpad(last::text, greatest(4, length(last::text)), '0')
$$;

-- The active advisory teams whose areas cover all of these.
CREATE FUNCTION consultation.teams_for(area_codes text[])
RETURNS TABLE (id uuid, name text, short_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.id, o.name, o.short_name
    FROM identity.organisation AS o
    WHERE o.kind = 'landesberatung' AND o.is_active
      AND identity.has_right('requests:create')
      AND NOT EXISTS (SELECT FROM unnest($1) AS wanted (code)
                      WHERE NOT identity.area_is_covered(wanted.code, o.area_codes))
    ORDER BY o.name, o.id
$$;

-- The accounts that may advise in the principal's own team.
CREATE FUNCTION consultation.advisors_of_own_team() RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT a.id, a.display_name
    FROM identity.membership AS m
    JOIN identity.account AS a ON a.id = m.account_id AND a.is_active
    WHERE m.organisation_id = identity.current_organisation_id()
      AND identity.has_right('cases:advise')
      AND (m.valid_until IS NULL OR m.valid_until >= current_date)
      AND EXISTS (SELECT FROM identity.role_right AS r
                  WHERE r.role = m.role AND r.right_code = 'cases:advise')
    ORDER BY a.display_name, a.id
$$;

-- Removes what repeated requests would be answered with, once it has been of no use for `kept`;
-- never what is younger than a day, which may still be repeated.
CREATE FUNCTION consultation.remove_old_answers(kept interval) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH removed AS (
        DELETE FROM consultation.idempotency_key AS k WHERE k.created_at < now() - greatest($1, interval '1 day')
        RETURNING 1
    )
    SELECT count(*) FROM removed
$$;

REVOKE ALL ON FUNCTION
    consultation.stays_shared(),
    consultation.case_stays_ended(),
    consultation.case_must_be_open(),
    consultation.consent_to_what_stands(),
    consultation.goal_keeps_its_word(),
    consultation.next_reference(text, integer),
    consultation.teams_for(text[]),
    consultation.advisors_of_own_team(),
    consultation.remove_old_answers(interval)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    consultation.next_reference(text, integer),
    consultation.teams_for(text[]),
    consultation.advisors_of_own_team(),
    consultation.remove_old_answers(interval)
TO qb_consultation;

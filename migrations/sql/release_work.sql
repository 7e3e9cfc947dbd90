-- Releases as work: rules of protection as data, what a release plans to show, a second person,
-- a moment of publication, the caps of a source, and raw facts delegated to another office.

-- Who stands behind the principal of the transaction: the account, or whoever made the API key.
CREATE FUNCTION identity.responsible_account() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN COALESCE(
    (SELECT k.created_by FROM identity.api_key AS k
     WHERE k.id = NULLIF(current_setting('qb.subject_id', true), '')::uuid),
    (SELECT a.id FROM identity.account AS a
     WHERE a.id = NULLIF(current_setting('qb.subject_id', true), '')::uuid)
);
REVOKE ALL ON FUNCTION identity.responsible_account() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.responsible_account() TO qb_indicator;

ALTER TABLE indicator.dataset
    ADD COLUMN releases_need_second_person boolean NOT NULL DEFAULT true,
    -- why one person is enough; needed where none else has to confirm
    ADD COLUMN second_person_reason text NOT NULL DEFAULT '',
    -- what the source's terms allow at most; null: they set no bound
    ADD COLUMN released_at_most_to text CHECK (
        released_at_most_to IN ('administration', 'kreis', 'advisory', 'ministry', 'public')
    ),
    ADD COLUMN released_smallest_level text REFERENCES indicator.area_kind,
    ADD COLUMN release_terms text NOT NULL DEFAULT '',
    -- rises with each change of a rule or of terms: what was checked before is stale
    ADD COLUMN protection_version integer NOT NULL DEFAULT 0,
    -- rises with each release that is confirmed or sent to be published: what was checked before
    -- knew nothing of it
    ADD COLUMN releases_version integer NOT NULL DEFAULT 0;
-- Until now one person released; who wants a second one says so.
UPDATE indicator.dataset SET releases_need_second_person = false,
    second_person_reason = 'Eingerichtet, bevor Freigaben bestätigt werden konnten.';

CREATE TABLE indicator.protection_rule (
    id uuid PRIMARY KEY,
    -- null: holds wherever a dataset has no rule of its own (of this source, if one is named)
    dataset_id integer REFERENCES indicator.dataset,
    source text,
    -- null: for all measures
    measure_id integer REFERENCES indicator.measure,
    kind text NOT NULL CHECK (
        kind IN (
            'minimum_count', 'minimum_denominator', 'minimum_residents', 'complement', 'extremes',
            'dominance', 'few_units', 'rounding', 'insider'
        )
    ),
    parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
    source_text text NOT NULL CHECK (length(trim(source_text)) > 0),
    is_active boolean NOT NULL DEFAULT true,
    row_version integer NOT NULL DEFAULT 1,
    changed_by text NOT NULL DEFAULT '',
    changed_subject uuid,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT protection_rule_once
        UNIQUE NULLS NOT DISTINCT (dataset_id, source, measure_id, kind)
);

CREATE TABLE indicator.protection_rule_history (
    rule_id uuid NOT NULL REFERENCES indicator.protection_rule,
    row_version integer NOT NULL,
    parameters jsonb NOT NULL,
    source_text text NOT NULL,
    is_active boolean NOT NULL,
    changed_by text NOT NULL,
    changed_subject uuid,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (rule_id, row_version)
);

-- No rule changes without a trace, and every change makes what was checked with it stale.
CREATE FUNCTION indicator.keep_protection_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.dataset_id, NEW.source, NEW.measure_id, NEW.kind)
            IS DISTINCT FROM (OLD.id, OLD.dataset_id, OLD.source, OLD.measure_id, OLD.kind)
        THEN
            RAISE integrity_constraint_violation
                USING MESSAGE = 'what a rule concerns cannot be changed';
        END IF;
        NEW.row_version := OLD.row_version + 1;
        NEW.changed_at := now();
        INSERT INTO indicator.protection_rule_history (rule_id, row_version, parameters,
            source_text, is_active, changed_by, changed_subject, changed_at)
        VALUES (OLD.id, OLD.row_version, OLD.parameters, OLD.source_text, OLD.is_active,
            OLD.changed_by, OLD.changed_subject, OLD.changed_at);
    END IF;
    UPDATE indicator.dataset AS d SET protection_version = d.protection_version + 1
    WHERE NEW.dataset_id IS NULL OR d.id = NEW.dataset_id;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION indicator.keep_protection_rule() FROM PUBLIC;
CREATE TRIGGER protection_rule_kept BEFORE INSERT OR UPDATE ON indicator.protection_rule
    FOR EACH ROW EXECUTE FUNCTION indicator.keep_protection_rule();

CREATE FUNCTION indicator.note_terms_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.protection_version := OLD.protection_version + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER dataset_terms_changed BEFORE UPDATE ON indicator.dataset
    FOR EACH ROW WHEN (
        (OLD.released_at_most_to, OLD.released_smallest_level, OLD.rounding_base, OLD.additivity)
        IS DISTINCT FROM
        (NEW.released_at_most_to, NEW.released_smallest_level, NEW.rounding_base, NEW.additivity)
    ) EXECUTE FUNCTION indicator.note_terms_change();

ALTER TABLE indicator.protection_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY protection_rule_read ON indicator.protection_rule FOR SELECT
    USING ((SELECT indicator.principal_has('datasets:read')));
CREATE POLICY protection_rule_add ON indicator.protection_rule FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('datasets:write'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY protection_rule_change ON indicator.protection_rule FOR UPDATE
    USING (
        (SELECT indicator.principal_has('datasets:write'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
ALTER TABLE indicator.protection_rule_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY protection_rule_history_read ON indicator.protection_rule_history FOR SELECT
    USING ((SELECT indicator.principal_has('datasets:read')));
GRANT SELECT, INSERT, UPDATE ON indicator.protection_rule TO qb_indicator;
GRANT SELECT ON indicator.protection_rule_history TO qb_indicator;

-- One truth: the minimum count of a dataset is a rule like the others.
INSERT INTO indicator.protection_rule (id, dataset_id, kind, parameters, source_text, is_active)
SELECT gen_random_uuid(), d.id, 'minimum_count',
    CASE WHEN d.minimum_count = 0 THEN '{"threshold": 3, "width": 3}'
        ELSE jsonb_build_object('threshold', d.minimum_count, 'width', d.minimum_count) END,
    CASE d.minimum_count
        WHEN 0 THEN 'Die Quelle veröffentlicht ihre Zahlen bereits geschützt.'
        WHEN 3 THEN 'Bundesagentur für Arbeit, Regelungen zur statistischen Geheimhaltung'
        ELSE 'Von der Stelle festgelegt, die den Datenbestand führt.' END,
    d.minimum_count > 0
FROM indicator.dataset AS d;
ALTER TABLE indicator.dataset DROP COLUMN minimum_count;
-- What holds without a rule of the dataset's own; the inactive ones are proposals.
INSERT INTO indicator.protection_rule (id, kind, parameters, source_text, is_active) VALUES
    (gen_random_uuid(), 'minimum_count', '{"threshold": 3, "width": 3}',
        'Bundesagentur für Arbeit, Regelungen zur statistischen Geheimhaltung', true),
    (gen_random_uuid(), 'minimum_denominator', '{"threshold": 100}',
        'Destatis und Bundesagentur für Arbeit, Hilfequoten im Raster: Quoten ab 100 im Nenner',
        false),
    (gen_random_uuid(), 'minimum_residents', '{"threshold": 300}',
        'Übung in Hamburg und Berlin: Gebiete unter 300 Einwohnern bleiben außen vor', false),
    (gen_random_uuid(), 'complement', '{"threshold": 3}',
        'Folgt aus der Mindestfallzahl: Auch wer nicht gezählt ist, darf nicht erkennbar sein',
        false),
    (gen_random_uuid(), 'extremes', '{}',
        'Gruppenoffenlegung: 0 % und 100 % sagen etwas über jede Person der Gruppe', false),
    (gen_random_uuid(), 'insider', '{"width": 1}',
        'Wer einen eigenen Wert kennt, soll damit keinen anderen genau errechnen', false);

-- Raw facts of a dataset that another office may read for a time.
CREATE TABLE indicator.raw_delegation (
    id uuid PRIMARY KEY,
    dataset_id integer NOT NULL REFERENCES indicator.dataset,
    organisation_id uuid NOT NULL,
    -- the last day on which it holds
    until date NOT NULL,
    reason text NOT NULL CHECK (length(trim(reason)) > 0),
    granted_by text NOT NULL,
    granted_subject uuid,
    granted_at timestamptz NOT NULL DEFAULT now(),
    revoked_by text,
    revoked_at timestamptz,
    row_version integer NOT NULL DEFAULT 1
);
CREATE INDEX raw_delegation_organisation
    ON indicator.raw_delegation (organisation_id) WHERE revoked_at IS NULL;
CREATE INDEX raw_delegation_dataset ON indicator.raw_delegation (dataset_id);
ALTER TABLE indicator.raw_delegation ENABLE ROW LEVEL SECURITY;
CREATE POLICY raw_delegation_read ON indicator.raw_delegation FOR SELECT
    USING (
        organisation_id = (SELECT indicator.principal_organisation())
        OR dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY raw_delegation_add ON indicator.raw_delegation FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('releases:write'))
        AND (SELECT indicator.principal_has('facts:read_raw'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY raw_delegation_revoke ON indicator.raw_delegation FOR UPDATE
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at, row_version)
    ON indicator.raw_delegation TO qb_indicator;

CREATE POLICY fact_read_delegated ON indicator.fact FOR SELECT
    USING (
        (SELECT indicator.principal_has('facts:read_raw'))
        AND dataset_id IN (
            SELECT r.dataset_id FROM indicator.raw_delegation AS r
            WHERE r.organisation_id = (SELECT indicator.principal_organisation())
                AND r.revoked_at IS NULL
                AND r.until >= (now() AT TIME ZONE 'Europe/Berlin')::date
        )
    );
CREATE POLICY fact_history_read_delegated ON indicator.fact_history FOR SELECT
    USING (
        (SELECT indicator.principal_has('facts:read_raw'))
        AND dataset_id IN (
            SELECT r.dataset_id FROM indicator.raw_delegation AS r
            WHERE r.organisation_id = (SELECT indicator.principal_organisation())
                AND r.revoked_at IS NULL
                AND r.until >= (now() AT TIME ZONE 'Europe/Berlin')::date
        )
    );

ALTER TABLE indicator.release
    -- {"measures": [codes], "levels": [kinds], "periods": [codes]}, each or all null: everything
    ADD COLUMN scope jsonb,
    -- the rules as they were when it was checked
    ADD COLUMN rules jsonb NOT NULL DEFAULT '[]',
    -- "suppress" or {"round": base}
    ADD COLUMN method jsonb NOT NULL DEFAULT '"suppress"',
    -- codes of areas whose figures are hidden last
    ADD COLUMN protect_first jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN protection_version integer NOT NULL DEFAULT 0,
    ADD COLUMN releases_version integer NOT NULL DEFAULT 0,
    -- why it was refused, and what would help: [{"code", "detail", "remedy"}]
    ADD COLUMN refusals jsonb NOT NULL DEFAULT '[]',
    -- why it came back from its publication: {"code", "detail", "at"}
    ADD COLUMN returned jsonb,
    -- who stands behind it: an account, also where an API key acted
    ADD COLUMN prepared_account uuid,
    ADD COLUMN confirmed_by text,
    ADD COLUMN confirmed_subject uuid,
    ADD COLUMN confirmed_account uuid,
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN embargo_until timestamptz,
    ADD COLUMN certificate jsonb,
    ADD COLUMN certificate_sha256 text CHECK (certificate_sha256 ~ '^[0-9a-f]{64}$'),
    ADD COLUMN released_sha256 text CHECK (released_sha256 ~ '^[0-9a-f]{64}$'),
    DROP CONSTRAINT release_state_check,
    ADD CONSTRAINT release_state_check CHECK (
        state IN (
            'checking', 'draft', 'refused', 'confirmed', 'publishing', 'released', 'superseded',
            'withdrawn', 'discarded', 'failed'
        )
    );
UPDATE indicator.release AS r SET prepared_account = COALESCE(
    (SELECT k.created_by FROM identity.api_key AS k
     WHERE k.id = NULLIF(r.acting ->> 'subject_id', '')::uuid),
    (SELECT a.id FROM identity.account AS a
     WHERE a.id = NULLIF(r.acting ->> 'subject_id', '')::uuid)
);
-- An earlier version kept no plan of what it had checked: such drafts are checked anew.
UPDATE indicator.release SET state = 'checking', progress = '{}', published_by = NULL
    WHERE state IN ('draft', 'publishing');
-- Of a series one release at most is on its way out.
CREATE UNIQUE INDEX release_on_its_way_out ON indicator.release (series_id)
    WHERE state IN ('confirmed', 'publishing');
CREATE INDEX release_in_work ON indicator.release (state)
    WHERE state IN ('checking', 'confirmed', 'publishing');

-- What a checked release will show, cell by cell: publishing writes these and nothing else.
CREATE TABLE indicator.release_planned_cell (
    release_id uuid NOT NULL REFERENCES indicator.release,
    measure_id integer NOT NULL,
    period_id integer NOT NULL,
    breakdown_id integer NOT NULL,
    area_id integer NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 7),
    quality smallint NOT NULL,
    value double precision,
    PRIMARY KEY (release_id, measure_id, period_id, breakdown_id, area_id),
    CONSTRAINT release_planned_value_as_status CHECK ((value IS NOT NULL) = (status IN (0, 1)))
);
ALTER TABLE indicator.release_planned_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_planned_cell_of_holder ON indicator.release_planned_cell
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND release_id IN (
            SELECT r.id FROM indicator.release AS r
            JOIN indicator.release_series AS s ON s.id = r.series_id
            WHERE s.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

-- Why each hidden cell of a release is hidden, and between which values an attacker can place it.
-- Whoever knows a reason knows something of the raw value: it needs the right to that.
CREATE TABLE indicator.release_hidden_cell (
    release_id uuid NOT NULL REFERENCES indicator.release,
    measure_id integer NOT NULL,
    period_id integer NOT NULL,
    breakdown_id integer NOT NULL,
    area_id integer NOT NULL,
    reason smallint NOT NULL,
    least double precision,
    greatest double precision,
    PRIMARY KEY (release_id, measure_id, period_id, breakdown_id, area_id)
);
ALTER TABLE indicator.release_hidden_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_hidden_cell_of_holder ON indicator.release_hidden_cell
    USING (
        (SELECT indicator.principal_has('facts:read_raw'))
        AND release_id IN (
            SELECT r.id FROM indicator.release AS r
            JOIN indicator.release_series AS s ON s.id = r.series_id
            WHERE s.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
GRANT SELECT, INSERT, UPDATE, DELETE
    ON indicator.release_planned_cell, indicator.release_hidden_cell TO qb_indicator;

-- The steps of a release, and who may take them, hold whatever a service does.
CREATE FUNCTION indicator.check_release_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    needs_second_person boolean;
    widest text;
    audience text;
    audiences CONSTANT text[] :=
        ARRAY['administration', 'kreis', 'advisory', 'ministry', 'public'];
BEGIN
    SELECT d.releases_need_second_person, d.released_at_most_to, s.audience
    INTO needs_second_person, widest, audience
    FROM indicator.release_series AS s JOIN indicator.dataset AS d ON d.id = s.dataset_id
    WHERE s.id = NEW.series_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'checking' THEN
            NEW.prepared_account := identity.responsible_account();
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.prepared_account, NEW.series_id) IS DISTINCT FROM (OLD.prepared_account, OLD.series_id)
        OR OLD.state <> 'checking' AND (NEW.scope, NEW.rules, NEW.method)
            IS DISTINCT FROM (OLD.scope, OLD.rules, OLD.method)
    THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'what a release was prepared as cannot be changed';
    END IF;
    IF OLD.state = 'confirmed' AND NEW.state <> 'draft'
        AND NEW.embargo_until IS DISTINCT FROM OLD.embargo_until
    THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'the moment that was confirmed cannot be changed';
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT (
        OLD.state = 'checking' AND NEW.state IN ('draft', 'refused', 'discarded', 'failed')
        OR OLD.state = 'draft' AND NEW.state IN ('confirmed', 'publishing', 'discarded')
        OR OLD.state = 'refused' AND NEW.state = 'discarded'
        OR OLD.state = 'confirmed' AND NEW.state IN ('publishing', 'draft', 'discarded')
        OR OLD.state = 'publishing' AND NEW.state IN ('released', 'draft', 'failed')
        OR OLD.state = 'released' AND NEW.state IN ('superseded', 'withdrawn')
        OR OLD.state = 'superseded' AND NEW.state = 'withdrawn'
    ) THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = format('no release goes from %s to %s', OLD.state, NEW.state);
    END IF;
    IF NEW.state = 'confirmed' THEN
        NEW.confirmed_account := identity.responsible_account();
        IF needs_second_person AND (
            NEW.confirmed_account IS NULL OR NEW.prepared_account IS NULL
            OR NEW.confirmed_account = NEW.prepared_account
        ) THEN
            RAISE insufficient_privilege
                USING MESSAGE = 'a release is confirmed by another person than prepared it';
        END IF;
    END IF;
    IF NEW.state = 'publishing' AND OLD.state = 'draft' AND needs_second_person THEN
        RAISE insufficient_privilege USING MESSAGE = 'this release needs a second person';
    END IF;
    IF NEW.state IN ('publishing', 'released') AND NEW.embargo_until > now() THEN
        RAISE insufficient_privilege USING MESSAGE = 'the moment of this release has not come';
    END IF;
    IF NEW.state IN ('confirmed', 'publishing', 'released')
        AND array_position(audiences, audience) > array_position(audiences, widest)
    THEN
        RAISE insufficient_privilege
            USING MESSAGE = 'the source does not allow a release to this audience';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION indicator.check_release_step() FROM PUBLIC;
CREATE POLICY release_begins_unchecked ON indicator.release AS RESTRICTIVE FOR INSERT
    WITH CHECK (state = 'checking');
CREATE TRIGGER release_step_checked BEFORE INSERT OR UPDATE ON indicator.release
    FOR EACH ROW EXECUTE FUNCTION indicator.check_release_step();

-- No cell below the smallest level that the source allows.
CREATE FUNCTION indicator.check_released_levels() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT w.series_id FROM written AS w) AS x
        JOIN indicator.release_series AS s ON s.id = x.series_id
        JOIN indicator.dataset AS d ON d.id = s.dataset_id
        WHERE d.released_smallest_level IS NOT NULL
    ) AND EXISTS (
        SELECT FROM written AS w
        JOIN indicator.release_series AS s ON s.id = w.series_id
        JOIN indicator.dataset AS d ON d.id = s.dataset_id
        JOIN indicator.area_kind AS smallest ON smallest.code = d.released_smallest_level
        JOIN indicator.area AS a ON a.id = w.area_id
        JOIN indicator.area_kind AS k ON k.code = a.kind
        WHERE k.rank > smallest.rank
    ) THEN
        RAISE insufficient_privilege
            USING MESSAGE = 'the source does not allow a release of areas as small as these';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION indicator.check_released_levels() FROM PUBLIC;
CREATE TRIGGER released_cell_levels AFTER INSERT ON indicator.released_cell
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT
    EXECUTE FUNCTION indicator.check_released_levels();

-- For the worker's round: whose moment has come, and what should have a job.
CREATE FUNCTION indicator.releases_to_see_to() RETURNS TABLE (id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT r.id, r.state FROM indicator.release AS r
    WHERE r.state IN ('checking', 'publishing')
        OR r.state = 'confirmed' AND (r.embargo_until IS NULL OR r.embargo_until <= now());
END;
-- When the next release is due that waits for its moment; null without one.
CREATE FUNCTION indicator.next_embargo() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT min(r.embargo_until) FROM indicator.release AS r WHERE r.state = 'confirmed');
REVOKE ALL ON FUNCTION indicator.releases_to_see_to() FROM PUBLIC;
REVOKE ALL ON FUNCTION indicator.next_embargo() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.releases_to_see_to(), indicator.next_embargo() TO qb_indicator;

-- Reports read which release is current; how it came about is not theirs. A certificate says
-- nothing of why a cell is hidden: whoever reads a release may check it again.
REVOKE SELECT ON indicator.release FROM qb_report;
GRANT SELECT (id, series_id, number, state, published_at, withdrawn_at, withdrawn_reason,
        certificate, certificate_sha256)
    ON indicator.release TO qb_report;

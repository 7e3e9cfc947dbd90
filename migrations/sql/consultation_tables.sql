-- Every row below a request names both sides again (organisation_id asked, team_organisation_id
-- advises), held to the same pair by composite foreign keys: the policies compare ids alone.

CREATE TABLE consultation.topic (
    code text PRIMARY KEY,
    label text NOT NULL,
    description text NOT NULL,
    position integer NOT NULL CONSTRAINT topic_position_unique UNIQUE
);
INSERT INTO consultation.topic (code, label, description, position) VALUES
    ('planungsorganisation', 'Planungsorganisation',
     'Wer plant mit, wer entscheidet, und wie Sozialplanung in der Verwaltung verankert wird.', 10),
    ('planungsmethoden', 'Planungsmethoden',
     'Wie man vom Befund zum Ziel und zur Maßnahme kommt.', 20),
    ('datenmanagement', 'Datenmanagement',
     'Welche Zahlen es gibt, woher sie kommen und wie man sie kleinräumig nutzt.', 30),
    ('qualifizierung', 'Qualifizierung',
     'Schulungen und fachlicher Input für alle, die mitplanen.', 40),
    ('sozialraumkonferenz', 'Sozialraumkonferenz',
     'Eine Konferenz im Sozialraum vorbereiten, durchführen und auswerten.', 50),
    ('handlungskonzept', 'Handlungskonzept',
     'Ein Konzept für eine Stadt, ein Quartier oder eine Zielgruppe.', 60),
    ('beteiligung', 'Beteiligung',
     'Menschen im Quartier an der Planung beteiligen.', 70),
    ('foerderantrag', 'Förderantrag',
     'Förderung beantragen und den Bedarf mit Zahlen belegen.', 80);

-- The last number of each kind of reference in a year; read and raised by an owner function.
CREATE TABLE consultation.reference_counter (
    kind text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (kind, year)
);

CREATE TABLE consultation.request (
    id uuid PRIMARY KEY,
    reference text NOT NULL CONSTRAINT request_reference_unique UNIQUE,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT request_state_known CHECK (state IN (
        'eingegangen', 'angeboten', 'angenommen', 'abgelehnt', 'zurueckgezogen')),
    subject text NOT NULL,
    text text NOT NULL,
    topics text[] NOT NULL,
    area_codes text[] NOT NULL,
    created_by uuid NOT NULL,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    decision_reason text,
    decided_by_name text,
    decided_at timestamptz,
    case_id uuid,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT request_two_sides CHECK (organisation_id <> team_organisation_id),
    CONSTRAINT request_accepted_with_case CHECK ((state = 'angenommen') = (case_id IS NOT NULL)),
    CONSTRAINT request_parties UNIQUE (id, organisation_id, team_organisation_id)
);
CREATE INDEX request_of_organisation ON consultation.request (organisation_id, id);
CREATE INDEX request_of_team ON consultation.request (team_organisation_id, id);

CREATE TABLE consultation.request_message (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    side text NOT NULL CONSTRAINT request_message_side_known
        CHECK (side IN ('kommune', 'beratung')),
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    text text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT request_message_request FOREIGN KEY
        (request_id, organisation_id, team_organisation_id)
        REFERENCES consultation.request (id, organisation_id, team_organisation_id)
);
CREATE INDEX request_message_of_request ON consultation.request_message (request_id, id);

-- A Beratungsvereinbarung. Its text is never changed: another text is another version.
CREATE TABLE consultation.agreement (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_by_name text NOT NULL,
    proposed_at timestamptz NOT NULL,
    consented_by uuid,
    consented_by_name text,
    consented_at timestamptz,
    is_consented boolean NOT NULL GENERATED ALWAYS AS (consented_at IS NOT NULL) STORED,
    CONSTRAINT agreement_version_unique UNIQUE (request_id, version),
    CONSTRAINT agreement_consent_complete CHECK (
        (consented_at IS NULL) = (consented_by IS NULL)
        AND (consented_at IS NULL) = (consented_by_name IS NULL)),
    CONSTRAINT agreement_request FOREIGN KEY (request_id, organisation_id, team_organisation_id)
        REFERENCES consultation.request (id, organisation_id, team_organisation_id),
    CONSTRAINT agreement_consented_parties
        UNIQUE (id, request_id, organisation_id, team_organisation_id, is_consented)
);
CREATE UNIQUE INDEX agreement_one_consented ON consultation.agreement (request_id)
    WHERE is_consented;

-- No case without consent, whoever writes: the foreign key reaches only a consented agreement
-- of the same two sides, and holds its consent for as long as the case exists.
CREATE TABLE consultation.advice_case (
    id uuid PRIMARY KEY,
    reference text NOT NULL CONSTRAINT advice_case_reference_unique UNIQUE,
    request_id uuid NOT NULL CONSTRAINT advice_case_request_unique UNIQUE,
    agreement_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    is_consented boolean NOT NULL DEFAULT true CONSTRAINT advice_case_consented CHECK (is_consented),
    title text NOT NULL,
    state text NOT NULL CONSTRAINT advice_case_state_known CHECK (state IN (
        'vereinbart', 'laufend', 'ruhend', 'abgeschlossen', 'zurueckgezogen')),
    phase text NOT NULL CONSTRAINT advice_case_phase_known CHECK (phase IN (
        'einleitung', 'aufbau', 'umsetzung', 'begleitung')),
    topics text[] NOT NULL,
    area_codes text[] NOT NULL,
    advisor_id uuid,
    advisor_name text,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT advice_case_advisor_named CHECK ((advisor_id IS NULL) = (advisor_name IS NULL)),
    CONSTRAINT advice_case_parties UNIQUE (id, organisation_id, team_organisation_id),
    CONSTRAINT advice_case_of_request UNIQUE (id, request_id),
    CONSTRAINT advice_case_request FOREIGN KEY (request_id, organisation_id, team_organisation_id)
        REFERENCES consultation.request (id, organisation_id, team_organisation_id),
    CONSTRAINT advice_case_agreement FOREIGN KEY
        (agreement_id, request_id, organisation_id, team_organisation_id, is_consented)
        REFERENCES consultation.agreement
            (id, request_id, organisation_id, team_organisation_id, is_consented)
);
CREATE INDEX advice_case_of_organisation ON consultation.advice_case (organisation_id, id);
CREATE INDEX advice_case_of_team ON consultation.advice_case (team_organisation_id, id);
-- the case that was born of this very request
ALTER TABLE consultation.request ADD CONSTRAINT request_case
    FOREIGN KEY (case_id, id) REFERENCES consultation.advice_case (id, request_id);

CREATE TABLE consultation.state_change (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text,
    side text NOT NULL CONSTRAINT state_change_side_known CHECK (side IN ('kommune', 'beratung')),
    changed_by uuid NOT NULL,
    changed_by_name text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT state_change_case FOREIGN KEY (case_id, organisation_id, team_organisation_id)
        REFERENCES consultation.advice_case (id, organisation_id, team_organisation_id)
);
CREATE INDEX state_change_of_case ON consultation.state_change (case_id, id);

CREATE TABLE consultation.goal (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    text text NOT NULL,
    state text NOT NULL CONSTRAINT goal_state_known CHECK (state IN (
        'vorgeschlagen', 'vereinbart', 'erreicht', 'aufgegeben', 'abgelehnt')),
    proposed_by_side text NOT NULL CONSTRAINT goal_proposer_known
        CHECK (proposed_by_side IN ('kommune', 'beratung')),
    proposed_by uuid NOT NULL,
    proposed_by_name text NOT NULL,
    proposed_at timestamptz NOT NULL,
    confirmed_by_side text CONSTRAINT goal_confirmer_known
        CHECK (confirmed_by_side IN ('kommune', 'beratung')),
    confirmed_by_name text,
    confirmed_at timestamptz,
    reason text,
    changed_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT goal_confirmed_by_the_other CHECK (confirmed_by_side <> proposed_by_side),
    CONSTRAINT goal_agreed_is_confirmed CHECK (
        state NOT IN ('vereinbart', 'erreicht') OR confirmed_by_side IS NOT NULL),
    CONSTRAINT goal_confirmation_complete CHECK (
        (confirmed_by_side IS NULL) = (confirmed_by_name IS NULL)
        AND (confirmed_by_side IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT goal_case FOREIGN KEY (case_id, organisation_id, team_organisation_id)
        REFERENCES consultation.advice_case (id, organisation_id, team_organisation_id)
);
CREATE INDEX goal_of_case ON consultation.goal (case_id, id);
CREATE INDEX goal_proposed_of_organisation ON consultation.goal (organisation_id)
    WHERE state = 'vorgeschlagen';
CREATE INDEX goal_proposed_of_team ON consultation.goal (team_organisation_id)
    WHERE state = 'vorgeschlagen';

CREATE TABLE consultation.entry (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT entry_kind_known CHECK (kind IN (
        'notiz', 'gespraech', 'beratung', 'fachinput', 'schulung', 'moderation',
        'datenbeschaffung', 'auswertung', 'konferenz', 'beteiligung', 'dokument', 'ereignis')),
    occurred_on date NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    visibility text NOT NULL CONSTRAINT entry_visibility_known
        CHECK (visibility IN ('gemeinsam', 'intern')),
    topics text[] NOT NULL,
    side text NOT NULL CONSTRAINT entry_side_known CHECK (side IN ('kommune', 'beratung')),
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT entry_internal_is_the_teams CHECK (visibility = 'gemeinsam' OR side = 'beratung'),
    CONSTRAINT entry_case FOREIGN KEY (case_id, organisation_id, team_organisation_id)
        REFERENCES consultation.advice_case (id, organisation_id, team_organisation_id)
);
CREATE INDEX entry_of_case ON consultation.entry (case_id, occurred_on, id);

CREATE TABLE consultation.task (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    team_organisation_id uuid NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    due_on date,
    side text NOT NULL CONSTRAINT task_side_known CHECK (side IN ('kommune', 'beratung')),
    visibility text NOT NULL CONSTRAINT task_visibility_known
        CHECK (visibility IN ('gemeinsam', 'intern')),
    state text NOT NULL CONSTRAINT task_state_known CHECK (state IN ('offen', 'erledigt')),
    created_by uuid NOT NULL,
    created_by_name text NOT NULL,
    created_at timestamptz NOT NULL,
    done_by_name text,
    done_at timestamptz,
    changed_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT task_internal_is_the_teams CHECK (visibility = 'gemeinsam' OR side = 'beratung'),
    CONSTRAINT task_done_complete CHECK (
        (state = 'erledigt') = (done_at IS NOT NULL)
        AND (done_at IS NULL) = (done_by_name IS NULL)),
    CONSTRAINT task_case FOREIGN KEY (case_id, organisation_id, team_organisation_id)
        REFERENCES consultation.advice_case (id, organisation_id, team_organisation_id)
);
CREATE INDEX task_of_case ON consultation.task (case_id, state, due_on);
CREATE INDEX task_of_organisation ON consultation.task (organisation_id, state, due_on);
CREATE INDEX task_of_team ON consultation.task (team_organisation_id, state, due_on);

CREATE TABLE consultation.audit (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    subject_id uuid,
    organisation_id uuid,
    action text NOT NULL,
    record_kind text NOT NULL,
    record_id text NOT NULL,
    fields text[] NOT NULL
);
CREATE INDEX audit_record ON consultation.audit (record_kind, record_id);

-- What a creating request answered, for its repetition (services/shared/idempotency.py).
CREATE TABLE consultation.idempotency_key (
    organisation_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    body jsonb,
    headers jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, key)
);

CREATE TABLE identity.role (
    code text PRIMARY KEY,
    label text NOT NULL,
    -- the kinds of organisation in which a membership may carry this role
    organisation_kinds text[] NOT NULL
);

CREATE TABLE identity.role_right (
    role text NOT NULL REFERENCES identity.role (code),
    right_code text NOT NULL,
    PRIMARY KEY (role, right_code)
);

CREATE TABLE identity.organisation (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT organisation_name_unique UNIQUE,
    short_name text NOT NULL,
    kind text NOT NULL CONSTRAINT organisation_kind_known CHECK (kind IN (
        'kommune', 'statistikstelle', 'kreis', 'landesberatung', 'ministerium',
        'landesamt', 'bewilligungsbehoerde', 'betrieb')),
    parent_id uuid REFERENCES identity.organisation (id),
    area_codes text[] NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    CONSTRAINT organisation_not_its_own_parent CHECK (parent_id <> id)
);
CREATE INDEX organisation_parent ON identity.organisation (parent_id);

CREATE TABLE identity.account (
    id uuid PRIMARY KEY,
    name text NOT NULL CONSTRAINT account_name_unique UNIQUE
        CONSTRAINT account_name_lower CHECK (name = lower(name)),
    display_name text NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamptz NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    row_version integer NOT NULL DEFAULT 1
);

CREATE TABLE identity.membership (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.account (id),
    organisation_id uuid NOT NULL REFERENCES identity.organisation (id),
    role text NOT NULL REFERENCES identity.role (code),
    -- NULL: all areas of the organisation
    area_codes text[],
    valid_until date,
    created_at timestamptz NOT NULL,
    CONSTRAINT membership_unique UNIQUE (account_id, organisation_id, role)
);
CREATE INDEX membership_organisation ON identity.membership (organisation_id);

CREATE TABLE identity.session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES identity.account (id),
    -- the place the account works for just now
    organisation_id uuid NOT NULL REFERENCES identity.organisation (id),
    secret_hash bytea NOT NULL CONSTRAINT session_secret_hash_unique UNIQUE,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    idle_limit interval NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    user_agent text
);
CREATE INDEX session_account ON identity.session (account_id);

CREATE TABLE identity.api_key (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES identity.organisation (id),
    name text NOT NULL,
    prefix text NOT NULL CONSTRAINT api_key_prefix_unique UNIQUE,
    secret_hash bytea NOT NULL CONSTRAINT api_key_secret_hash_unique UNIQUE,
    rights text[] NOT NULL,
    area_codes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL REFERENCES identity.account (id),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_key_organisation ON identity.api_key (organisation_id);

-- The name is kept as a digest: people type passwords into the wrong field.
CREATE TABLE identity.login_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name_digest bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX login_attempt_name ON identity.login_attempt (name_digest, at);

CREATE TABLE identity.audit (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    subject_id uuid,
    organisation_id uuid,
    action text NOT NULL,
    record_kind text NOT NULL,
    record_id text NOT NULL,
    fields text[] NOT NULL
);
CREATE INDEX audit_record ON identity.audit (record_kind, record_id);

-- What a creating request answered, for its repetition (services/shared/idempotency.py).
CREATE TABLE identity.idempotency_key (
    organisation_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    body jsonb,
    headers jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, key)
);

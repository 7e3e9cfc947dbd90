-- Reports: what was asked for, the snapshot it is made from, the files that were made.

-- How many reports a year has seen; the last number is in the last reference given.
CREATE TABLE report.reference_counter (
    year integer PRIMARY KEY,
    last_number integer NOT NULL
);

CREATE TABLE report.report (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    organisation_id uuid NOT NULL,
    -- as the organisation was called when it asked
    publisher text NOT NULL,
    template_code text NOT NULL,
    template_name text NOT NULL,
    title text NOT NULL,
    search_text text NOT NULL,
    area_code text NOT NULL,
    area_name text NOT NULL,
    area_kind text NOT NULL,
    is_fictional boolean NOT NULL,
    parameters jsonb NOT NULL,
    -- readerships that one must belong to; figures of the organisation's own ask for none
    audience_keys text[] NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    renderer_version text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'rendering', 'finished', 'failed')),
    progress jsonb NOT NULL DEFAULT '{}',
    failure jsonb,
    acting jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT report_finished CHECK ((finished_at IS NULL) = (state IN ('waiting', 'rendering'))),
    CONSTRAINT report_failure CHECK ((failure IS NULL) = (state <> 'failed'))
);
-- The same report is made once, however often and however fast it is asked for.
CREATE UNIQUE INDEX report_same ON report.report
    (organisation_id, template_code, fingerprint, renderer_version, parameters)
    WHERE state <> 'failed';
CREATE INDEX report_newest ON report.report (organisation_id, created_at DESC, id DESC);

-- The frozen figures; canonical JSON, of which the report's fingerprint is the SHA-256.
CREATE TABLE report.snapshot (
    report_id uuid PRIMARY KEY REFERENCES report.report,
    content bytea NOT NULL
);

-- The releases that a report rests on. Ids only: another service's rows are never deleted.
CREATE TABLE report.report_release (
    report_id uuid NOT NULL REFERENCES report.report,
    release_id uuid NOT NULL,
    series_id integer NOT NULL,
    number integer NOT NULL,
    holder_organisation_id uuid NOT NULL,
    -- the releases in which the cells read were first seen
    cell_numbers integer[] NOT NULL,
    dataset text NOT NULL,
    title text NOT NULL,
    audience text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (report_id, release_id)
);
CREATE INDEX report_release_series ON report.report_release (series_id);

CREATE TABLE report.report_file (
    report_id uuid NOT NULL REFERENCES report.report,
    format text NOT NULL CHECK (format IN ('html', 'pdf', 'article')),
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    object_path text NOT NULL,
    PRIMARY KEY (report_id, format)
);

CREATE TABLE report.idempotency_key (
    organisation_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    body jsonb,
    headers jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, key)
);

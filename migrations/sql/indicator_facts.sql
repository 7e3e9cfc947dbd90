-- Deliveries, the facts they bring, and what is released of them.

CREATE TABLE indicator.delivery (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    organisation_id uuid NOT NULL,
    dataset_id integer NOT NULL REFERENCES indicator.dataset,
    subject_id uuid NOT NULL,
    subject_name text NOT NULL,
    acting jsonb NOT NULL,
    filename text,
    content_type text NOT NULL,
    format text,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    object_path text NOT NULL,
    state text NOT NULL DEFAULT 'received' CHECK (
        state IN ('received', 'checking', 'loading', 'accepted', 'rejected', 'failed')
    ),
    progress jsonb NOT NULL DEFAULT '{}',
    counts jsonb NOT NULL DEFAULT '{}',
    finding_counts jsonb NOT NULL DEFAULT '[]',
    understood jsonb NOT NULL DEFAULT '{}',
    failure jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX delivery_organisation ON indicator.delivery (organisation_id, number DESC);
CREATE INDEX delivery_dataset ON indicator.delivery (dataset_id, number DESC);

CREATE TABLE indicator.delivery_finding (
    delivery_id uuid NOT NULL REFERENCES indicator.delivery,
    ordinal integer NOT NULL,
    row_number bigint,
    column_name text,
    value text,
    severity text NOT NULL CHECK (severity IN ('error', 'warning', 'note')),
    code text NOT NULL,
    detail text NOT NULL,
    remedy text NOT NULL DEFAULT '',
    PRIMARY KEY (delivery_id, ordinal)
);
CREATE INDEX delivery_finding_code ON indicator.delivery_finding (delivery_id, code, ordinal);

-- status: 0 value, 1 nothing "-", 2 unknown or secret ".", 3 unreliable "/", 4 blocked "x",
--         5 later "...", 6 not available, 7 hidden by a release
-- quality (bits): 1 limited "()", 2 provisional, 4 estimated, 8 revised, 16 final
CREATE TABLE indicator.fact (
    dataset_id integer NOT NULL,
    measure_id integer NOT NULL,
    period_id integer NOT NULL,
    breakdown_id integer NOT NULL,
    area_id integer NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 6),
    quality smallint NOT NULL DEFAULT 0,
    value double precision,
    delivery_number bigint NOT NULL,
    known_from timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, measure_id, period_id, breakdown_id, area_id),
    CONSTRAINT fact_value_as_status CHECK ((value IS NOT NULL) = (status IN (0, 1)))
) PARTITION BY RANGE (period_id);

CREATE TABLE indicator.fact_history (
    dataset_id integer NOT NULL,
    measure_id integer NOT NULL,
    period_id integer NOT NULL,
    breakdown_id integer NOT NULL,
    area_id integer NOT NULL,
    status smallint NOT NULL,
    quality smallint NOT NULL,
    value double precision,
    delivery_number bigint NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, measure_id, period_id, breakdown_id, area_id, known_to)
);

-- Partitions by year are made aside and attached: that does not block readers.
CREATE FUNCTION indicator.ensure_fact_partition(period_year integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    partition_name text := format('fact_y%s', period_year);
BEGIN
    IF period_year NOT BETWEEN 1800 AND 2200 THEN
        RAISE EXCEPTION 'no such year: %', period_year;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('indicator.fact'), period_year);
    IF to_regclass('indicator.' || partition_name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format(
        'CREATE TABLE indicator.%I (LIKE indicator.fact INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
        partition_name
    );
    EXECUTE format(
        'ALTER TABLE indicator.fact ATTACH PARTITION indicator.%I FOR VALUES FROM (%s) TO (%s)',
        partition_name, period_year * 10000, (period_year + 1) * 10000
    );
END
$$;

-- Referential safety without three row-level foreign keys: two anti-joins a statement over the
-- distinct ids. It holds because rows of the referenced tables are never deleted.
CREATE FUNCTION indicator.check_fact_references() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT area_id FROM written) AS w
        LEFT JOIN indicator.area AS a ON a.id = w.area_id WHERE a.id IS NULL
    ) OR EXISTS (
        -- together: they are few, and what was written is read once less for each
        SELECT FROM (
            SELECT DISTINCT dataset_id, measure_id, period_id, breakdown_id FROM written
        ) AS w
        LEFT JOIN indicator.dataset AS d ON d.id = w.dataset_id
        LEFT JOIN indicator.measure AS m ON m.id = w.measure_id
        LEFT JOIN indicator.period AS p ON p.id = w.period_id
        LEFT JOIN indicator.breakdown AS b ON b.id = w.breakdown_id
        WHERE d.id IS NULL OR m.id IS NULL OR p.id IS NULL OR b.id IS NULL
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a fact refers to a row that does not exist';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER fact_references_inserted AFTER INSERT ON indicator.fact
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT
    EXECUTE FUNCTION indicator.check_fact_references();
CREATE TRIGGER fact_references_updated AFTER UPDATE ON indicator.fact
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT
    EXECUTE FUNCTION indicator.check_fact_references();

-- What one audience sees of one dataset: a numbered sequence of releases.
CREATE TABLE indicator.release_series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id integer NOT NULL REFERENCES indicator.dataset,
    holder_organisation_id uuid NOT NULL,
    audience text NOT NULL CHECK (
        audience IN ('administration', 'kreis', 'advisory', 'ministry', 'public')
    ),
    -- as it stands in a principal's audiences: 'public', 'kreis:<organisation>', …
    audience_key text NOT NULL,
    -- of the newest release; 0 before the first
    current_number integer NOT NULL DEFAULT 0,
    UNIQUE (dataset_id, audience)
);

CREATE TABLE indicator.release (
    id uuid PRIMARY KEY,
    series_id integer NOT NULL REFERENCES indicator.release_series,
    -- given when it is published
    number integer,
    state text NOT NULL DEFAULT 'checking' CHECK (
        state IN (
            'checking', 'draft', 'publishing', 'released', 'superseded', 'withdrawn', 'discarded',
            'failed'
        )
    ),
    dataset_version integer NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    check_result jsonb NOT NULL DEFAULT '{}',
    progress jsonb NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    acting jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_by text,
    published_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_reason text CHECK (withdrawn_reason IN ('error', 'disclosure')),
    UNIQUE (series_id, number)
);
CREATE INDEX release_created ON indicator.release (created_at DESC, id);

-- A released cell stands from release `released_from` until before `released_to`: a new release
-- writes only what changed, and every old one can be read again.
CREATE TABLE indicator.released_cell (
    measure_id integer NOT NULL,
    period_id integer NOT NULL,
    breakdown_id integer NOT NULL,
    series_id integer NOT NULL REFERENCES indicator.release_series,
    area_id integer NOT NULL,
    released_from integer NOT NULL,
    released_to integer NOT NULL DEFAULT 2147483647,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 7),
    quality smallint NOT NULL,
    value double precision,
    -- first seen in a release that was withdrawn for disclosure: the holder alone may see it
    is_blocked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (measure_id, period_id, breakdown_id, series_id, area_id, released_from),
    CONSTRAINT released_cell_value_as_status CHECK ((value IS NOT NULL) = (status IN (0, 1)))
);
CREATE INDEX released_cell_area ON indicator.released_cell
    (area_id, measure_id, breakdown_id, period_id)
    INCLUDE (series_id, status, quality, value, is_blocked)
    WHERE released_to = 2147483647;
CREATE INDEX released_cell_series ON indicator.released_cell (series_id, released_to);

-- Which figures there are: read by catalogues, kept by each release.
CREATE TABLE indicator.released_slice (
    series_id integer NOT NULL REFERENCES indicator.release_series,
    measure_id integer NOT NULL,
    period_id integer NOT NULL REFERENCES indicator.period,
    breakdown_id integer NOT NULL,
    kind text NOT NULL REFERENCES indicator.area_kind,
    cells integer NOT NULL,
    values_shown integer NOT NULL,
    PRIMARY KEY (series_id, measure_id, breakdown_id, period_id, kind)
);
CREATE INDEX released_slice_measure ON indicator.released_slice (measure_id, breakdown_id);

CREATE TABLE indicator.audit (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    subject_id uuid,
    organisation_id uuid,
    action text NOT NULL,
    record_kind text NOT NULL,
    record_id text NOT NULL,
    fields text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE indicator.idempotency_key (
    organisation_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint,
    body jsonb,
    headers jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, key)
);

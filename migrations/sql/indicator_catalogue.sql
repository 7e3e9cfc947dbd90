-- Areas, datasets, measures, indicators, periods and breakdowns: what figures refer to.
-- Rows of these tables are never deleted: the fact table relies on it.

CREATE TABLE indicator.area_kind (
    code text PRIMARY KEY,
    label text NOT NULL,
    plural text NOT NULL,
    rank smallint NOT NULL
);
INSERT INTO indicator.area_kind (code, label, plural, rank) VALUES
    ('bund', 'Bund', 'Deutschland', 10),
    ('land', 'Land', 'Länder', 20),
    ('regierungsbezirk', 'Regierungsbezirk', 'Regierungsbezirke', 30),
    ('kreis', 'Kreis oder kreisfreie Stadt', 'Kreise und kreisfreie Städte', 40),
    ('gemeinde', 'Gemeinde', 'Gemeinden', 50),
    ('stadtbezirk', 'Stadtbezirk', 'Stadtbezirke', 60),
    ('stadtteil', 'Stadtteil', 'Stadtteile', 70),
    ('statistischer_bezirk', 'Statistischer Bezirk', 'Statistische Bezirke', 80),
    ('quartier', 'Quartier', 'Quartiere', 90),
    ('baublock', 'Baublock', 'Baublöcke', 100);

-- One row a version of an area: the same key with other borders or another parent is a new row.
CREATE TABLE indicator.area (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    ars text,
    kind text NOT NULL REFERENCES indicator.area_kind,
    name text NOT NULL,
    search_name text NOT NULL,
    parent_id integer REFERENCES indicator.area,
    -- ids from the root down to the area itself
    lineage integer[] NOT NULL DEFAULT '{}',
    valid_from date,
    -- the first day it no longer exists
    valid_to date,
    area_km2 double precision,
    is_fictional boolean NOT NULL DEFAULT false,
    note text,
    source text NOT NULL,
    attribution text NOT NULL,
    geometry public.geometry(MultiPolygon, 25832),
    CONSTRAINT area_valid CHECK (valid_to > valid_from),
    CONSTRAINT area_one_version_at_a_time EXCLUDE USING gist (
        code WITH =, daterange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX area_code ON indicator.area (code);
CREATE INDEX area_ars ON indicator.area (ars);
CREATE INDEX area_parent ON indicator.area (parent_id);
CREATE INDEX area_kind_code ON indicator.area (kind, code);
CREATE INDEX area_lineage ON indicator.area USING gin (lineage);
CREATE INDEX area_geometry ON indicator.area USING gist (geometry);

-- Coverage-simplified shapes for the map: borders stay shared at each degree of detail.
CREATE TABLE indicator.area_shape (
    area_id integer NOT NULL REFERENCES indicator.area,
    detail text NOT NULL CHECK (detail IN ('low', 'mid', 'full')),
    geometry public.geometry(MultiPolygon, 3857) NOT NULL,
    PRIMARY KEY (area_id, detail)
);
CREATE INDEX area_shape_geometry ON indicator.area_shape USING gist (geometry);

CREATE TABLE indicator.area_import (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    acting jsonb NOT NULL,
    source text NOT NULL,
    object_path text NOT NULL,
    state text NOT NULL DEFAULT 'received'
        CHECK (state IN ('received', 'checking', 'accepted', 'rejected', 'failed')),
    progress jsonb NOT NULL DEFAULT '{}',
    counts jsonb NOT NULL DEFAULT '{}',
    findings jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE TABLE indicator.dataset (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    publisher text NOT NULL,
    source text NOT NULL,
    source_url text,
    licence text NOT NULL,
    attribution text NOT NULL,
    denominator_basis text,
    additivity text NOT NULL CHECK (
        additivity IN ('exact', 'rounded', 'cell_key', 'suppressed_at_source', 'not_additive')
    ),
    is_fictional boolean NOT NULL DEFAULT false,
    is_sample boolean NOT NULL DEFAULT false,
    -- counts above 0 and below this are not released (0: the source has protected them already)
    minimum_count integer NOT NULL DEFAULT 3 CHECK (minimum_count >= 0),
    -- the office that holds the raw facts, and the administration it belongs to
    holder_organisation_id uuid NOT NULL,
    administration_id uuid NOT NULL,
    area_code text NOT NULL,
    -- rises with every accepted delivery that changed a fact
    version integer NOT NULL DEFAULT 0,
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dataset_holder ON indicator.dataset (holder_organisation_id);

CREATE TABLE indicator.measure (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    unit text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- whom or what it counts, e.g. residents or jobs at the place of work
    universe text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('count', 'amount', 'rate')),
    is_sensitive boolean NOT NULL DEFAULT false,
    row_version integer NOT NULL DEFAULT 1
);

-- The codes under which publishers deliver a measure.
CREATE TABLE indicator.measure_source_code (
    source_code text PRIMARY KEY,
    measure_id integer NOT NULL REFERENCES indicator.measure
);
CREATE INDEX measure_source_code_measure ON indicator.measure_source_code (measure_id);

-- id = year * 10000 + kind * 1000 + number within the year, so that years are ranges of ids.
CREATE TABLE indicator.period (
    id integer PRIMARY KEY,
    code text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (
        kind IN ('year', 'half_year', 'quarter', 'month', 'day', 'school_year', 'span')
    ),
    start_on date NOT NULL,
    end_on date NOT NULL,
    label text NOT NULL,
    CONSTRAINT period_order CHECK (end_on >= start_on)
);

CREATE TABLE indicator.breakdown (
    id integer PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
    code text NOT NULL UNIQUE,
    label text NOT NULL
);
INSERT INTO indicator.breakdown (id, code, label) VALUES (0, '', 'Insgesamt');

CREATE TABLE indicator.indicator (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    is_current boolean NOT NULL DEFAULT true,
    name text NOT NULL,
    short_name text NOT NULL,
    question text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('rate', 'density', 'mean', 'count')),
    numerator_text text NOT NULL,
    denominator_text text NOT NULL DEFAULT '',
    unit text NOT NULL,
    factor double precision NOT NULL DEFAULT 1,
    decimals smallint NOT NULL DEFAULT 1 CHECK (decimals BETWEEN 0 AND 6),
    polarity text NOT NULL CHECK (polarity IN ('worse', 'better', 'context')),
    dimension_code text NOT NULL,
    dimension_label text NOT NULL,
    legal_basis text NOT NULL DEFAULT '',
    definition_source text NOT NULL DEFAULT '',
    smallest_level text REFERENCES indicator.area_kind,
    is_checked boolean NOT NULL DEFAULT false,
    is_fictional boolean NOT NULL DEFAULT false,
    note text NOT NULL DEFAULT '',
    numerator_measure_id integer NOT NULL REFERENCES indicator.measure,
    numerator_breakdown_id integer NOT NULL DEFAULT 0 REFERENCES indicator.breakdown,
    numerator_dataset_id integer REFERENCES indicator.dataset,
    denominator_measure_id integer REFERENCES indicator.measure,
    denominator_breakdown_id integer REFERENCES indicator.breakdown,
    denominator_dataset_id integer REFERENCES indicator.dataset,
    denominator_period_rule text CHECK (denominator_period_rule IN ('same', 'nearest')),
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (code, version),
    CONSTRAINT indicator_denominator_whole CHECK (
        (denominator_measure_id IS NULL) = (denominator_period_rule IS NULL)
        AND (denominator_measure_id IS NULL) = (denominator_breakdown_id IS NULL)
    )
);
CREATE UNIQUE INDEX indicator_current ON indicator.indicator (code) WHERE is_current;

-- The indicator catalogue: what a planner needs to know of a figure, and how its definition grew.

ALTER TABLE indicator.indicator
    -- the place in the catalogue of 59; null for an office's own indicators
    ADD COLUMN number smallint CHECK (number > 0),
    -- tells apart entries that share a number: 56 a, 56 b
    ADD COLUMN variant text NOT NULL DEFAULT '' CHECK (variant = '' OR number IS NOT NULL),
    -- the order of the catalogue; an office's own indicators come after it
    ADD COLUMN position integer NOT NULL DEFAULT 1000000,
    ADD COLUMN explanation text NOT NULL DEFAULT '',
    ADD COLUMN confidentiality_rule text NOT NULL DEFAULT '',
    ADD COLUMN denominator_basis_note text NOT NULL DEFAULT '',
    ADD COLUMN usual_source text NOT NULL DEFAULT '',
    -- for which places the figure is made, in words
    ADD COLUMN applies_to text NOT NULL DEFAULT '',
    ADD COLUMN is_key_indicator boolean NOT NULL DEFAULT false,
    -- [{"on": "2023-01-01", "detail": "…"}]: days from which figures do not compare with earlier ones
    ADD COLUMN breaks jsonb NOT NULL DEFAULT '[]',
    -- why and when this version took the place of the one before
    ADD COLUMN change_note text NOT NULL DEFAULT '',
    ADD COLUMN changed_on date NOT NULL DEFAULT (now() AT TIME ZONE 'Europe/Berlin')::date,
    -- from this day on it is no longer offered; what is there of it stays readable
    ADD COLUMN retired_on date,
    ADD COLUMN origin text NOT NULL DEFAULT 'own',
    ADD CONSTRAINT indicator_breaks_list CHECK (jsonb_typeof(breaks) = 'array'),
    ADD CONSTRAINT indicator_origin_known CHECK (origin IN ('catalogue', 'own')),
    -- invented are figures, which a dataset says of itself, never a definition
    DROP COLUMN is_fictional,
    DROP CONSTRAINT indicator_kind_check,
    ADD CONSTRAINT indicator_kind_check CHECK (
        kind IN ('rate', 'density', 'mean', 'count', 'difference', 'value')
    );
CREATE INDEX indicator_catalogue ON indicator.indicator (position, code) WHERE is_current;

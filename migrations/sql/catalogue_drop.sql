-- What the first schema had no word for becomes what it was nearest to.
UPDATE indicator.indicator SET kind = 'density' WHERE kind = 'difference';
UPDATE indicator.indicator SET kind = 'mean' WHERE kind = 'value';
DROP INDEX indicator.indicator_catalogue;
ALTER TABLE indicator.indicator
    DROP CONSTRAINT indicator_kind_check,
    ADD CONSTRAINT indicator_kind_check CHECK (kind IN ('rate', 'density', 'mean', 'count')),
    ADD COLUMN is_fictional boolean NOT NULL DEFAULT false,
    DROP COLUMN origin,
    DROP COLUMN retired_on,
    DROP COLUMN changed_on,
    DROP COLUMN change_note,
    DROP COLUMN breaks,
    DROP COLUMN is_key_indicator,
    DROP COLUMN applies_to,
    DROP COLUMN usual_source,
    DROP COLUMN denominator_basis_note,
    DROP COLUMN confidentiality_rule,
    DROP COLUMN explanation,
    DROP COLUMN position,
    DROP COLUMN variant,
    DROP COLUMN number;

GRANT SELECT ON indicator.released_slice TO qb_report;

DROP TRIGGER area_composition_noted ON indicator.area_composition;
DROP FUNCTION indicator.note_composed_kinds();
DROP TABLE indicator.composed_kind;

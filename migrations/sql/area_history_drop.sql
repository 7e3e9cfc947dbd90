DROP TABLE indicator.area_composition, indicator.area_event_link, indicator.area_event;

"""What day it is where the municipalities are; servers and connections run in UTC."""

GERMAN_TODAY = "(now() AT TIME ZONE 'Europe/Berlin')::date"

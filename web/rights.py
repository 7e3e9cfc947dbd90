"""Rights in words."""

RIGHT_LABELS = {
    "account:self": "Eigenes Konto verwalten",
    "accounts:manage": "Konten verwalten",
    "api_keys:manage": "API-Schlüssel verwalten",
    "areas:read": "Gebiete lesen",
    "areas:write": "Gebiete einspielen",
    "cases:advise": "Beratungsfälle betreuen",
    "cases:read": "Beratungsfälle der eigenen Seite sehen",
    "cases:write": "An Beratungsfällen mitarbeiten",
    "datasets:read": "Datenbestände lesen",
    "datasets:write": "Datenbestände anlegen und ändern",
    "deliveries:create": "Zahlen liefern",
    "deliveries:read": "Lieferungen und ihre Prüfung sehen",
    "facts:read_raw": "Noch nicht freigegebene Zahlen lesen",
    "indicators:read": "Indikatoren lesen",
    "indicators:write": "Indikatoren festlegen",
    "measures:write": "Messgrößen festlegen",
    "observations:read": "Freigegebene Zahlen lesen",
    "organisations:manage": "Organisationen verwalten",
    "organisations:read": "Organisationen sehen",
    "partitions:write": "Gliederungen und eigene Gebiete führen",
    "releases:read": "Freigaben sehen",
    "releases:write": "Zahlen freigeben und zurückziehen",
    "reports:create": "Berichte erstellen",
    "reports:read": "Berichte der eigenen Organisation sehen",
    "requests:create": "Beratung anfragen",
}

# What an API key can be given: what a machine has business with.
MACHINE_RIGHTS = (
    "deliveries:create",
    "deliveries:read",
    "datasets:read",
    "datasets:write",
    "observations:read",
    "indicators:read",
    "areas:read",
    "releases:read",
    "releases:write",
    "facts:read_raw",
    "areas:write",
    "partitions:write",
    "measures:write",
    "indicators:write",
    "organisations:read",
    "reports:read",
    "reports:create",
)


def right_label(right: str) -> str:
    """The right in words, or its code where it has none."""
    return RIGHT_LABELS.get(right, right)

"""Names of organisations for records of two sides, from the public view of identity."""

# `{record}` is the alias of a row with both sides' ids.
NAME_COLUMNS = """
    asked.name AS organisation_name, asked.short_name AS organisation_short_name,
    team.name AS team_name, team.short_name AS team_short_name
"""


def name_joins(record: str) -> str:
    """The joins that `NAME_COLUMNS` needs, for the row with this alias."""
    return f"""
        JOIN identity.organisation_public AS asked ON asked.id = {record}.organisation_id
        JOIN identity.organisation_public AS team ON team.id = {record}.team_organisation_id
    """

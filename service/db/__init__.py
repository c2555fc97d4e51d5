"""The database: types and names, engines, the unit of work, migrations."""

"""The report: its page, its markup, and the tables that the docs share with it."""

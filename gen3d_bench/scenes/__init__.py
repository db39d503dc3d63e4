"""What a world is: schema, catalog, splits and files.  No simulator, no torch."""

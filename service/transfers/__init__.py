"""What comes over from another status page, and all that is here as files."""

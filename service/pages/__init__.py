"""Pages, sections, components and the log of their states."""

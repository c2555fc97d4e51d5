"""Plans, stages, waves and gates: writes deliveries, opens slices, reads counts."""

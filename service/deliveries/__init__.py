"""One publication to one address: slices, lanes, leases, outcomes."""

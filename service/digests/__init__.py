"""Publications made of what someone chose to get daily or weekly."""

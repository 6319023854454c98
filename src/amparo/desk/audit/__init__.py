"""Who read and changed what: one hash chain for each organisation, append-only. It records events, nothing else."""

"""PostgreSQL that always knows for whom it is asked."""

"""The person, their case, who works on it, and dated notes: the ground on which the other case rooms stand."""

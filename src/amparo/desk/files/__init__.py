"""Files that come in and are kept: encrypted while they arrive and at rest, checked on reading, never shown as pages."""

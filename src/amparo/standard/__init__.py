"""The vocabulary of counter-trafficking data: fields, code lists, records, validation, crosswalks."""

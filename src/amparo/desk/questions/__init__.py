"""What a country adds without code, versioned: forms of its own questions, code lists, indicator sets, document templates."""

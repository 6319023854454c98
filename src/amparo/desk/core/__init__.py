"""What every app stands on: ids, keys, sealed fields, partial dates, answers, pages, components."""

"""What a browser sends for a form as a page shows it."""


def posted(page, **changed):
    """Return the fields of a page's form as a browser would send them, with some answers changed."""
    data = {}
    for field in page.context["form"]:
        value, widget = field.value(), field.field.widget
        if hasattr(widget, "decompress"):
            parts = value if isinstance(value, list) else widget.decompress(value)
            data |= {field.html_name + name: part for name, part in zip(widget.widgets_names, parts, strict=True)}
        elif isinstance(value, dict):
            data |= {f"{field.html_name}.{code}": answer for code, answer in value.items()} | {field.html_name: "1"}
        elif isinstance(value, bool):
            data |= {field.html_name: "on"} if value else {}
        elif value is not None:
            data[field.html_name] = value
    return {name: "" if value is None else value for name, value in (data | changed).items()}

"""What a person allows: asked, given, refused, withdrawn, for one purpose and one recipient; nothing leaves without it."""

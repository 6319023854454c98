"""A chart as a value: the same figures as a picture (SVG), as a table and as an honest sentence, in three languages."""

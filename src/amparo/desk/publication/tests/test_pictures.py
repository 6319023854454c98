"""What reviewers look at says of a flag what the released rows say of it."""

from dataclasses import replace

from amparo.bundle.contents import Contents
from amparo.bundle.tests.making import COLUMNS, certificate, codes, description, measure
from amparo.bundle.writing import write
from amparo.desk.publication.pictures import result


def test_reviewers_never_see_no_as_yes(tmp_path):
    """A flag narrowed to its no is drawn by its own values, not among those that are counted by their yes."""
    narrowed = tuple(replace(one, domain=("0",)) if one.name == "threats" else one for one in COLUMNS)
    drawn = tuple(coded % (len(one.domain) + 1) for coded, one in zip(codes(), narrowed, strict=True))
    about = description(columns=narrowed)
    made = Contents(about, drawn, certificate(about), measure(drawn, columns=narrowed))
    pictures = {one.title: [row[0] for row in one.rows] for one in result(write(tmp_path / "one", made), "en").pictures}
    assert pictures["Means of control"] == ["Debt bondage"]
    assert pictures["Threats"][0] == "no"

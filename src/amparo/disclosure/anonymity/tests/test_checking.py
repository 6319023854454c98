"""The checker says of a table what the definitions say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure.anonymity import check
from amparo.disclosure.anonymity.tests.naive import k_of, l_of
from amparo.disclosure.domain import Attribute, Domain, Table
from amparo.disclosure.tests.tables import domain_of, searched


@st.composite
def tables(draw):
    """A small table of four columns, of which the last two are sensitive."""
    sizes = draw(st.tuples(*(st.integers(1, 4) for _ in range(4))))
    rows = draw(st.lists(st.tuples(*(st.integers(0, size - 1) for size in sizes)), max_size=40))
    return Table.from_codes(domain_of(sizes), np.array(rows, np.uint8).reshape(len(rows), 4))


@searched
@given(tables())
def test_k_and_l_are_those_of_the_definitions(table):
    found = check(table, ("c0", "c1"), ("c2", "c3"))
    assert found.k == k_of(table, ("c0", "c1"))
    assert found.l == l_of(table, ("c0", "c1"), ("c2", "c3"))
    assert check(table, ("c0", "c1")).l is None


@searched
@given(tables())
def test_the_smallest_classes_are_named_with_what_they_hold(table):
    found = check(table, ("c0", "c1"), ("c2",))
    rows = list(zip(table.values("c0"), table.values("c1"), strict=True))
    counts = sorted(rows.count(row) for row in set(rows))
    assert [one.rows for one in found.smallest] == counts[:10]
    assert all(rows.count(one.values) == one.rows for one in found.smallest)
    assert found.classes == len(counts)


def test_blank_is_a_value_of_its_own_among_quasi_identifiers():
    """Three women and two persons whose sex was not recorded are two classes, of three and of two."""
    table = Table.from_values(Domain((Attribute("sex", ("F", "M")),)), [["F", "F", "F", "", ""]])
    assert check(table, ("sex",)).k == 2


def test_blank_is_no_value_among_sensitive_ones():
    """A class of forced labour and nothing recorded gives forced labour away: it is not diverse."""
    domain = Domain((Attribute("sex", ("F",)), Attribute("form", ("labour", "sexual"))))
    assert check(Table.from_values(domain, [["F"] * 4, ["labour", "labour", "", ""]]), ("sex",), ("form",)).l == 1
    assert check(Table.from_values(domain, [["F"] * 4, ["labour", "sexual", "", ""]]), ("sex",), ("form",)).l == 2


def test_many_wide_columns_are_counted_truly():
    """More combinations than one 64-bit number can hold."""
    codes = np.random.default_rng(5).integers(0, 26, (120, 20)).astype(np.uint8)
    table = Table.from_codes(domain_of((27,) * 20), np.concatenate([codes, codes, codes[:60]]))
    assert check(table, table.domain.names).k == 2
    assert check(table, table.domain.names).classes == 120

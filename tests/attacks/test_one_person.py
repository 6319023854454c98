"""One person in three partners' files and in two years: what all releases together tell of her stays under the ledger.

The attacker knows the pool but for her, every scale of noise, and how all partners' files are made. Pools are made by the
way that partners use (file, contribution, pool), with her and without her, under the same keys; tables by the way that
publication uses. docs/explanation/person-not-row.md is the specification.
"""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from django.db import transaction

from amparo.desk.access.models import Organisation
from amparo.desk.contributions import actions, pool, running, withdrawals
from amparo.desk.contributions.choices import Choices
from amparo.desk.contributions.states import Relation
from amparo.desk.contributions.tests import making
from amparo.desk.publication import engine
from amparo.desk.publication.models import Budget, Release, Spend
from amparo.disclosure import BudgetExceeded, Ledger, Privacy, measure
from amparo.disclosure.accounting import for_person
from amparo.disclosure.ledger import Spend as LedgerSpend
from amparo.disclosure.tests.seeded import ScriptedNoise, SeededNoise
from amparo.release import steps
from amparo.release.recipe import parse
from amparo.release.table import prepare

pytestmark = pytest.mark.django_db

HER = "her-number"
CONTRIBUTORS = 3
RECIPE = parse(
    f"""
title = "Persons"
schema = "amparo-pool"
person = "person_key"
[privacy]
epsilon = 2.0
delta = 1e-6
contributors_per_person = {CONTRIBUTORS}
[[columns]]
name = "gender"
[[columns]]
name = "exploitation_forced_labour"
[[columns]]
name = "exploitation_forced_marriage"
[[columns]]
name = "registration_year"
"""
)


@pytest.fixture
def partners(db):
    """Three organisations that know nothing of each other, each with its own key."""
    made = [Organisation.objects.create(name=f"Partner {number}", country="XB", kind="NGO") for number in range(CONTRIBUTORS)]
    assert len({running.pool_key(partner.id) for partner in made}) == CONTRIBUTORS
    return made


def others(seed, count=40):
    """A partner's other persons: every fifth has two rows."""
    numbers = [f"p{seed}-{number - number % 5 if number % 5 == 1 else number}" for number in range(count)]
    return making.table(count=count, seed=seed).with_columns(case=pl.Series(numbers))


def hers(year, **cells):
    """A row of hers, as a partner writes it."""
    row = making.table(count=1, seed=99).with_columns(case=pl.lit(HER), yearOfRegistration=pl.lit(year))
    return row.with_columns(**{name: pl.lit(value) for name, value in cells.items()})


def send(organisation, folder, *parts, **choices):
    """Import a file by the door that partners use."""
    path = making.write(folder, pl.concat(parts), f"{organisation.name}.csv")
    settled = Choices(person_column="case", **choices)
    return actions.import_file(path=path, schema="ctdc-kanon", organisation=organisation, choices=settled)


def two_years(partners, folder, *, with_her):
    """Send every partner's files of two years; yield the pool's version after each year.

    In the first year she stands three times in each file, in the second twice, corrected and under another year. Others
    send what they sent before and some new rows, so that a person's two rows may lie in two files of the pool.
    """
    for year, filed in ((2024, ("2021", "2022", "2021")), (2025, ("2025", "2025"))):
        for number, partner in enumerate(partners):
            rows = [hers(filed[k], gender=("Female", "Male")[k % 2]) for k in range(len(filed))] if with_her else []
            newer = [] if year == 2024 else [others(number + 10), others(number).head(7).with_columns(gender=pl.lit("Female"))]
            send(partner, folder, others(number), *newer, *rows)
        yield pool.current()


def counted(version, recipe=RECIPE):
    """The table that publication would measure."""
    return prepare(recipe, engine.sensitive(recipe, version))[0]


def rows_of(table):
    return Counter(zip(*(column.tolist() for column in table.columns), strict=True))


@pytest.fixture
def tables(partners, tmp_path):
    """The tables of both years without her and with her, everything else equal, keys included."""
    made = {}
    for with_her in (False, True):
        place = transaction.savepoint()
        made[with_her] = [counted(version) for version in two_years(partners, tmp_path, with_her=with_her)]
        transaction.savepoint_rollback(place)
    return made


def test_one_key_is_one_counted_row_in_every_release(tables):
    """Three rows with each of three partners: three keys, three counted rows, and nobody else's row is another one."""
    for without, with_her in zip(tables[False], tables[True], strict=True):
        more = rows_of(with_her) - rows_of(without)
        assert not rows_of(without) - rows_of(with_her), "her being there changed which row stands for somebody else"
        assert sum(more.values()) == CONTRIBUTORS


def questions(table, seed):
    """What was asked of the table and with which noise, on the path that the same answers lead to."""
    noise = ScriptedNoise(seed, (100, 0, 0))
    measure(table, steps.plan(RECIPE), noise=noise)
    return noise.asked


def moved(without, with_her):
    """The cells that she moves, in units of their noise: her part of rho is half the sum of their squares."""
    pairs = zip(questions(without, 5), questions(with_her, 5), strict=True)
    return np.concatenate([((after - before) / sigma).reshape(-1) for (before, sigma), (after, _) in pairs])


def test_all_releases_together_disclose_no_more_of_her_than_the_ledger_says(tables):
    """The sum over both years, of all that she moves, against what the ledger charges for a person with three keys."""
    ledger = Ledger("pool", 50.0, 1e-5)
    for year in (2024, 2025):
        ledger = ledger.spend(LedgerSpend.of(str(year), RECIPE.privacy))
    moves = [moved(*pair) for pair in zip(tables[False], tables[True], strict=True)]
    rho = sum(float((move**2).sum()) / 2 for move in moves)
    person = ledger.for_person(CONTRIBUTORS)
    assert ledger.rho < rho <= person.rho, "three keys are more than one, and no more than nine times one"


def test_the_best_attack_wins_no_more_than_the_ledger_says(tables):
    """The likelihood ratio of everything published, drawn 4,000 times: it passes the person's epsilon no more often than delta.

    Noise is seeded. Its mean is her rho; six standard errors of it are allowed (two in a thousand million by chance).
    """
    ledger = Ledger("pool", 50.0, 1e-2)
    for year in (2024, 2025):
        ledger = ledger.spend(LedgerSpend(str(year), RECIPE.privacy.rho, RECIPE.privacy.delta_for_rows, None, CONTRIBUTORS))
    person, ratios = ledger.for_person(CONTRIBUTORS), np.zeros(4_000)
    noise = SeededNoise(1)
    for pair in zip(tables[False], tables[True], strict=True):
        for (before, sigma), (after, _) in zip(*(questions(table, 5) for table in pair), strict=True):
            change = after - before
            for cell in change[change != 0]:
                drawn = noise.draw(sigma, len(ratios))
                ratios += (2 * drawn * cell + cell**2) / (2 * sigma**2)
    assert ratios.mean() - 6 * ratios.std() / math.sqrt(len(ratios)) <= person.rho
    assert ratios.mean() > ledger.rho, "the attack is worth something: it wins more than one key gives away"
    assert (ratios > person.epsilon).sum() <= 1e-2 * len(ratios)


def test_a_correction_counts_her_once_with_what_it_says(partners, tmp_path):
    send(partners[0], tmp_path, others(1), hers("2021", gender="Female"))
    before = rows_of(counted(pool.current()))
    send(partners[0], tmp_path, hers("2021", gender="Male"))
    after = rows_of(counted(pool.current()))
    assert sum(after.values()) == sum(before.values())
    assert sum((after - before).values()) == sum((before - after).values()) == 1


def test_the_same_partner_in_three_files_is_one_contributor(partners, tmp_path):
    """Three files of one organisation: one key, one row, whatever they say."""
    for number in range(3):
        send(partners[0], tmp_path, others(number), hers(str(2020 + number)))
    rows = pool.read()
    her_key = rows["person_key"].value_counts(sort=True)
    assert rows.filter(pl.col("person_key") == her_of(partners[0]))["record_key"].n_unique() == 1
    assert her_key.height == counted(pool.current()).rows


def her_of(organisation):
    """Her key at an organisation: only who holds its key can tell."""
    from amparo.desk.contributions import keying

    return keying.digest(running.pool_key(organisation.id), "file-person", HER)


def test_partners_hold_different_keys_of_her(partners, tmp_path):
    for partner in partners:
        send(partner, tmp_path, others(1), hers("2021"))
    assert len({her_of(partner) for partner in partners} & set(pool.read()["person_key"])) == CONTRIBUTORS


def test_the_frozen_year_never_moves_when_a_partner_sends_another(partners, tmp_path):
    """Not by a correction, not by more rows, not by an earlier year, not by none."""
    send(partners[0], tmp_path, others(1), hers("2022"))
    for rows in ([hers("2019")], [hers("2025"), hers("2018", gender="Male")], [hers(None)]):
        send(partners[0], tmp_path, *rows)
        held = pool.read().filter(pl.col("person_key") == her_of(partners[0]))
        assert held["registration_year"].unique().to_list() == ["2022"]
    send(partners[0], tmp_path, others(3), relation=Relation.REPEATS)
    held = pool.read().filter(pl.col("person_key") == her_of(partners[0]))
    assert held["registration_year"].unique().to_list() == ["2022"]


def test_whoever_is_taken_out_is_counted_no_more_and_does_not_come_back(partners, tmp_path):
    send(partners[0], tmp_path, others(1), hers("2021"))
    before = counted(pool.current()).rows
    withdrawals.bar(organisation=partners[0], person_key=her_of(partners[0]), cause=withdrawals.ERASED)
    assert counted(pool.current()).rows == before - 1
    send(partners[0], tmp_path, hers("2021", gender="Male"), others(1))
    assert counted(pool.current()).rows == before - 1


def test_the_desk_charges_every_release_to_every_year(partners, make_member, tmp_path):
    """A year that moved by a door not thought of costs nobody anything: no spend of the desk is set against some years only."""
    budget = Budget.objects.create(pool=engine.POOL, epsilon=20.0, delta=1e-5)
    author = make_member(partners[0], "data_steward")
    for number in range(2):
        one = Release.objects.create(organisation=partners[0], name=f"2026-{number}", title="x", recipe="x", author=author)
        privacy = Privacy(1.0, 1e-6, CONTRIBUTORS)
        facts = {"epsilon": 1.0, "delta": 1e-6, "rho": privacy.rho, "delta_for_rows": privacy.delta_for_rows}
        Spend.objects.create(release=one, budget=budget, contributors=CONTRIBUTORS, **facts)
    ledger = engine.ledger(budget)
    assert [spend.years for spend in ledger.spends] == [None, None]
    assert [spend.contributors for spend in ledger.spends] == [CONTRIBUTORS, CONTRIBUTORS]
    assert ledger.rho >= 2 * Privacy(1.0, 1e-6).rho
    assert math.isfinite(ledger.for_person(CONTRIBUTORS).epsilon)


def test_the_worked_example_is_what_the_code_says():
    """Every figure of the manual's table."""
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "person-not-row.md").read_text(encoding="utf-8")
    privacy, ledger = Privacy(2.0, 1e-6, CONTRIBUTORS), Ledger("region", 12.0, 1e-5)
    promise = for_person(privacy)
    said = [f"rho {privacy.rho:.4f} and {privacy.delta_for_rows:g} of delta".replace("e-07", "e-7")]
    said += [f"epsilon {promise.epsilon:.3f}; or epsilon {promise.epsilon_multiple:g} at delta {promise.delta_of_multiple:.1e}"]
    for year in ("2025", "2026"):
        ledger = ledger.spend(LedgerSpend.of(year, privacy))
        person = ledger.for_person(CONTRIBUTORS)
        said.append(f"epsilon {ledger.epsilon_spent:.3f} | rho {person.rho:.3f}, epsilon {person.epsilon:.3f}")
    for sentence in said:
        assert sentence.replace("e-06", "e-6") in page, sentence
    for number in range(2, 19):
        ledger = ledger.spend(LedgerSpend.of(str(number), privacy))
    with pytest.raises(BudgetExceeded) as over:
        ledger.spend(LedgerSpend.of("twentieth", privacy))
    assert math.isinf(over.value.epsilon_after)

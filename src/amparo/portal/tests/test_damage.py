"""Whatever stands in a folder of releases, every page answers and the command says a verdict: damaged, strange, made to break."""

import contextlib
import io
import json
import random
import shutil
from urllib.parse import quote

import pytest

from amparo.bundle import files, promises
from amparo.bundle.canonical import UNSPELLABLE, encode
from amparo.bundle.contents import Counting
from amparo.bundle.description import Column, Group
from amparo.cli import main
from amparo.portal.parts import parts_of
from amparo.portal.tests import making
from amparo.portal.tests.conftest import case_folder, serve

PAGES = ("/en/", "/fr/releases", "/es/releases.json", "/en/releases.csv", "/en/home.json", "/fr/home.csv")
OF_ONE = ("", "release.json", "release.csv", "explore", "explore.json", "explore.csv")
EXTREMES = (None, True, -1, 0, 10**18, 10**400, 1e308, 5e-324, "", "²", "x" * 5000, [], {}, [None], {"en": 1}, "=1+1", [[[[1]]]])
TEXTS = ("x", "0--8", "2--³", "<script>", "Woman", "unknown", "1", "0", "2020", "UKR", "a&b=c", "year_from", "-", "{0} %s")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The files of a sound release, without their seal."""
    folder = tmp_path_factory.mktemp("whole") / "one"
    making.make(folder, rows=60)
    kept = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    del kept[files.CHECKSUMS]
    return kept


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A portal beside a sound release; what the tests put there comes and goes."""
    folder = case_folder(tmp_path_factory.mktemp("damage") / "site")
    making.make(folder / "bundles" / "sound", rows=30, id="sound-1")
    yield from serve(folder)


def put(folder, content):
    """Put files in place of those of the last time."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pictures").mkdir(parents=True)
    for name, given in content.items():
        (folder / name).write_bytes(given)


def leaves(value, path=()):
    """Every place in a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inside:
        yield from leaves(held, (*path, key))
    if path:
        yield path


def changed(content, chance):
    """The bytes of a JSON file with one value replaced by an extreme one."""
    value = json.loads(content)
    *path, last = chance.choice(list(leaves(value)))
    place = value
    for key in path:
        place = place[key]
    place[last] = chance.choice(EXTREMES)
    try:
        return encode(value)
    except UNSPELLABLE:
        return content


def damaged(whole, chance):
    """A release with one fault, sealed again as its own maker would, so that checksums do not tell."""
    name = chance.choice([files.RELEASE, files.CERTIFICATE, files.DATA_CSV, files.DATA_PARQUET, files.MEASUREMENTS])
    content = bytearray(whole[name])
    if name.endswith(".json") and chance.random() < 0.7:
        content = changed(whole[name], chance)
    elif chance.random() < 0.5:
        del content[chance.randrange(len(content)) :]
    else:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    sealed = files.seal({**whole, name: bytes(content)}, None)
    if chance.random() < 0.2:
        sealed[files.CHECKSUMS] = changed(sealed[files.CHECKSUMS], chance)
    return sealed


def strange(folder, chance):
    """A release that is sound and like none that anybody would make."""
    names, columns = [f"c{place}" for place in range(chance.randint(1, 5))], []
    for name in names:
        plain = [text for text in TEXTS if text[0] not in "=+-@"]
        domain = tuple(chance.sample(plain, chance.randint(1, 6)))
        labels = {code: making.said(*chance.choices(TEXTS, k=3)) for code in domain if chance.random() < 0.3}
        kind = chance.choice(["year", "category", "ordinal", "flag", "country", "text"])
        spelled = chance.choice([name, "gender", "year", "citizenship"])
        taken = spelled in names or spelled in {column.name for column in columns}
        field = chance.choice([None, "registration_year", "gender", "age_band", "citizenship", "exploitation_country"])
        label = {"en": chance.choice(TEXTS)} if chance.random() < 0.5 else {}
        columns.append(Column(name if taken else spelled, kind, domain, label, labels, chance.choice([None, "g"]), field))
    known = [column.name for column in columns]
    called = chance.sample(["g", "time", "exploitation", known[0]], chance.randint(0, 2))
    groups = tuple(Group(one, {}, tuple(chance.sample(known, chance.randint(0, len(known))))) for one in called)
    shutil.rmtree(folder, ignore_errors=True)
    rows, sigma = chance.choice([0, 1, 60, 400]), chance.choice([3.0, 50.0])
    making.make(folder, rows=rows, columns=tuple(columns), groups=groups, sigma=sigma, id="strange-1", epsilon=900.0)


def answers(site):
    """Ask for every page, of every release that is shown, and return what did not answer as it should."""
    asked = [(path, site.ask(path)) for path in PAGES]
    told = site.ask("/en/releases.json").json
    for name in (one["id"] for one in told["releases"]):
        asked += [(path, site.ask(path)) for path in (f"/en/r/{quote(name)}/{rest}" for rest in OF_ONE)]
        for picture in site.ask(f"/fr/r/{quote(name)}/explore.json").json["pictures"]:
            path = f"/es/r/{quote(name)}/explore/{picture['picture']}.svg"
            asked.append((path, site.ask(path)))
    return told, [(path, answer.status) for path, answer in asked if answer.status != 200]


def verdict(folder):
    """Run `release verify` and return its exit code; whatever it says, it says in words."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["release", "verify", str(folder)])
    assert said.getvalue().strip()
    assert "Traceback" not in said.getvalue()
    return code


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_no_damage_takes_the_site_down(site, whole, seed):
    put(site.bundles / "damaged", damaged(whole, random.Random(seed)))
    told, bad = answers(site)
    assert bad == []
    assert "sound-1" in {one["id"] for one in told["releases"]}
    assert len(told["releases"]) + told["withheld"] == 2
    assert verdict(site.bundles / "damaged") == told["withheld"]
    shutil.rmtree(site.bundles / "damaged")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_no_sound_release_is_too_strange_to_show(site, seed):
    strange(site.bundles / "strange", random.Random(seed))
    told, bad = answers(site)
    assert bad == []
    assert {one["id"] for one in told["releases"]} == {"sound-1", "strange-1"}
    shutil.rmtree(site.bundles / "strange")


@pytest.mark.parametrize("deep", [31, 900, 958, 987, 5000])
def test_nesting_without_end_takes_no_page_down(site, whole, deep):
    """As deep as the stack of a page, or of the command, just holds."""
    put(site.bundles / "deep", files.seal(whole, None) | {files.CHECKSUMS: b"[" * deep + b"]" * deep})
    told, bad = answers(site)
    assert (bad, told["withheld"]) == ([], 1)
    assert verdict(site.bundles / "deep") == 1
    shutil.rmtree(site.bundles / "deep")


def test_a_column_plays_one_part_only():
    """A column may bear the name of one part and the field of another: a table of a column by itself is none."""
    year = Column("gender", "year", ("2020",), {}, {}, field="registration_year")
    parts = parts_of(making.description(1, (year,), ()), "one part")
    assert (parts.year, parts.gender) == (year, None)
    sex = Column("a", "year", ("2020", "2021"), {}, {}, field="gender")
    about = making.description(5, (sex,), ())
    codes = making.drawn((sex,), 5, 1)
    from amparo.bundle.charts import panels

    counted = {frozenset(one.columns): one for one in making.measured((sex,), codes, 3.0, 2)}
    assert "time" not in {panel.key for panel in panels(Counting(about, codes, counted))}


@pytest.mark.parametrize("change", [{"epsilon": 1e300}, {"columns": (Column("a", "category", (), {}, {}),), "groups": ()}])
def test_what_no_page_can_show_describes_no_release(tmp_path, change):
    with pytest.raises(ValueError, match="unsound"):
        making.make(tmp_path / "one", rows=3, **change)


def test_a_limit_under_a_name_that_is_none_is_unsaid():
    (reason, *_) = promises.unlike({"not_promised": [{"code": ["not_people"]}]}, making.description(1), promises.Published(()))
    assert reason.code == "certificate_without"

"""Write the country and language lists of the standard from Babel's names: run once after an update of Babel."""

import csv
import os

from babel import Locale
from babel.core import get_global

CODES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src", "amparo", "standard", "codes")
HEAD = ["code", "label_en", "label_fr", "label_es", "source", "valid_from", "valid_until"]
LOCALES = [Locale("en"), Locale("fr"), Locale("es")]
NOT_COUNTRIES = "AC AN CP CQ CS DG EA EU EZ IC QO TA UN XA XB XK ZZ"  # exceptional reservations, regions and pseudo-locales of CLDR
FORMER_ALPHA_3 = "AAA ANT ASC BUR DDR FXX NTZ ROM SCG SUN TMP YMD YUG ZAR QUU"
BIBLIOGRAPHIC = "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel"
# Members of a macrolanguage and retired codes, where ISO 639-2 has its own code for the two-letter one.
NOT_IN_639_2 = (
    "adp als arb ayr azj cls cmn cwd drh ekk esk fat fuc gaz gug ike khk kmr knc kng kpv lvs mol npi ojg ory pbu pes plt "
    "prp quz scc scr src swh twi uzn ydd zsm zyb"
)
# ISO 3166-1: countries that got their code after 2000, so that a case of 2004 cannot be one of South Sudan.
SINCE = {
    "BL": "2007-09-21",
    "BQ": "2010-12-15",
    "CW": "2010-12-15",
    "GG": "2006-03-29",
    "IM": "2006-03-29",
    "JE": "2006-03-29",
    "AX": "2004-02-13",
    "ME": "2006-09-26",
    "MF": "2007-09-21",
    "RS": "2006-09-26",
    "SS": "2011-08-09",
    "SX": "2010-12-15",
    "TL": "2002-05-20",
}
WITHDRAWN = [
    ("AN", "ANT", "Netherlands Antilles", "Antilles néerlandaises", "Antillas Neerlandesas", "2010-12-15"),
    ("CS", "SCG", "Serbia and Montenegro", "Serbie-et-Monténégro", "Serbia y Montenegro", "2006-09-26"),
    ("TP", "TMP", "East Timor (until 2002)", "Timor oriental (jusqu'en 2002)", "Timor Oriental (hasta 2002)", "2002-05-20"),
    ("YU", "YUG", "Yugoslavia", "Yougoslavie", "Yugoslavia", "2003-07-23"),
]
DEMO = [
    ("XA", "XAA", "Arvania", "Arvanie", "Arvania"),
    ("XB", "XBB", "Belmora", "Belmore", "Belmora"),
    ("XC", "XCC", "Costaverde", "Costaverde", "Costaverde"),
]


def countries():
    alpha_3 = {
        two[0]: three
        for three, two in get_global("territory_aliases").items()
        if len(three) == 3 and three.isalpha() and len(two) == 1 and three not in FORMER_ALPHA_3.split()
    }
    codes = sorted(
        code for code in LOCALES[0].territories if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES.split()
    )
    for code in codes:
        yield [code, *(locale.territories[code] for locale in LOCALES), "ISO 3166-1", SINCE.get(code, ""), "", alpha_3[code]]
    for code, three, *names in DEMO:
        yield [code, *names, "demo region (ISO 3166-1 user-assigned)", "", "", three]
    for code, three, *names, until in WITHDRAWN:
        yield [code, *names, "ISO 3166-3", "", until, three]


def languages():
    aliases = {three: two[0] if isinstance(two, list) else two for three, two in get_global("language_aliases").items()}
    two_letter = {code for code in LOCALES[0].languages if len(code) == 2 and code not in ("mo", "sh", "tl", "tw")}
    three_of = {}
    for three, two in sorted(aliases.items()):
        if len(three) == 3 and two in two_letter and three not in f"{BIBLIOGRAPHIC} {NOT_IN_639_2}".split():
            three_of.setdefault(two, three)
    known = [(three_of.get(code), code, code) for code in two_letter if three_of.get(code)]
    known += [(code, "", code) for code in LOCALES[0].languages if len(code) == 3 and code not in ("root", "und", "mul", "zxx")]
    for three, two, code in sorted(known):
        names = [locale.languages.get(code, "") for locale in LOCALES]
        if all(names):
            yield [three, *names, "ISO 639-2" if two else "ISO 639-2 or 639-3", "", "", two]


def write(name, more, rows):
    with open(os.path.join(CODES, name), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*HEAD, more])
        writer.writerows(rows)


if __name__ == "__main__":
    write("country.csv", "alpha_3", countries())
    write("language.csv", "alpha_2", languages())

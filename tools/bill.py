"""The bill of materials: `python tools/bill.py` prints what Amparo runs on as CycloneDX 1.6 JSON.

Parts, versions and checksums are those of `requirements/base.txt`, the lock that `./run` installs from and nothing else;
licences are what the installed parts state. Whoever receives it can compare it with lists of known weaknesses.
"""

import importlib.metadata
import os
import re
import sys
import tomllib

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCK = os.path.join(ROOT, "requirements", "base.txt")
VERSION = re.compile(r'__version__ = "([^"]+)"')
SHA256 = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked():
    """Yield (requirement, checksums) for every part of the lock that this machine installs."""
    with open(LOCK, encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    for line in text.splitlines():
        words = line.partition("--hash")[0].strip()
        if words and not words.startswith("#"):
            asked = Requirement(words)
            if asked.marker is None or asked.marker.evaluate():
                yield asked, SHA256.findall(line)


def licences(name, factory):
    """Return what a part states of its licence: an expression, else its classifiers, else its own words."""
    about = importlib.metadata.metadata(name)
    if about.get("License-Expression"):
        return [factory.make_with_expression(about["License-Expression"])]
    named = [one.rpartition(" :: ")[2] for one in about.get_all("Classifier", ()) if one.startswith("License :: ")]
    words = about.get("License", "").strip().partition("\n")[0]
    return [factory.make_from_string(one) for one in named or [words or first_line(name)]]


def first_line(name):
    """Return how the licence file of a part begins, such as "MIT License"."""
    files = [one for one in importlib.metadata.files(name) or () if one.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))]
    return next(line.strip() for line in files[0].read_text().splitlines() if line.strip())


def bill():
    """Return the bill of this checkout."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)["project"]
    with open(os.path.join(ROOT, "src", "amparo", "__init__.py"), encoding="utf-8") as file:
        text = file.read()
    factory, made = LicenseFactory(), Bom()
    whole = Component(
        name=project["name"],
        version=VERSION.search(text).group(1),
        type=ComponentType.APPLICATION,
        licenses=[factory.make_from_string(str(project["license"]))],
        bom_ref=project["name"],
    )
    made.metadata.component = whole
    parts = [part(asked, checksums, factory) for asked, checksums in locked()]
    for one in parts:
        made.components.add(one)
    known = {one.name: one for one in parts}
    own = sorted({plain(Requirement(words).name) for words in project["dependencies"]})
    made.register_dependency(whole, [known[name] for name in own])
    for one in parts:
        made.register_dependency(one, [known[name] for name in needs(one.name) if name in known])
    return made


def part(asked, checksums, factory):
    """Return one part of the lock."""
    (pin,) = asked.specifier
    return Component(
        name=asked.name,
        version=pin.version,
        type=ComponentType("library"),
        purl=PackageURL("pypi", name=asked.name, version=pin.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in checksums],
        licenses=licences(asked.name, factory),
        bom_ref=f"{asked.name}=={pin.version}",
    )


def needs(name):
    """Return the names of what a part asks for on this machine."""
    found = (Requirement(words) for words in importlib.metadata.requires(name) or ())
    return sorted({plain(one.name) for one in found if one.marker is None or one.marker.evaluate({"extra": ""})})


def plain(name):
    """Return a name as locks spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.stdout.write(JsonV1Dot6(bill()).output_as_string(indent=1) + "\n")

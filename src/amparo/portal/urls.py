"""The addresses of the public site. Every page has a language in its address; nothing depends on a cookie."""

from django.urls import path, register_converter

from amparo.portal import downloads, openapi, views
from amparo.standard.reasons import LANGUAGES


class Language:
    """`en`, `fr` or `es`."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Name:
    """The name of a release, as its description spells it."""

    regex = "[a-z0-9][a-z0-9.-]{0,79}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class FileName(Name):
    """The name of a file in a release: plain, at most one folder deep."""

    regex = "(?:pictures/)?[a-z0-9][a-z0-9._-]{0,99}"


register_converter(Language, "language")
register_converter(Name, "release")
register_converter(FileName, "file")

urlpatterns = [
    path("", views.root, name="root"),
    path("health", views.health, name="health"),
    path("openapi.json", openapi.openapi, name="openapi"),
    path("<language:language>/", views.home, name="home"),
    path("<language:language>/home.json", downloads.home_json, name="home-json"),
    path("<language:language>/home.csv", downloads.home_csv, name="home-csv"),
    path("<language:language>/releases", views.releases, name="releases"),
    path("<language:language>/releases.json", downloads.releases_json, name="releases-json"),
    path("<language:language>/releases.csv", downloads.releases_csv, name="releases-csv"),
    path("<language:language>/methods", views.methods, name="methods"),
    path("<language:language>/about", views.about, name="about"),
    path("<language:language>/r/<release:name>/", views.release, name="release"),
    path("<language:language>/r/<release:name>/release.json", downloads.release_json, name="release-json"),
    path("<language:language>/r/<release:name>/release.csv", downloads.release_csv, name="release-csv"),
    path("<language:language>/r/<release:name>/release.zip", downloads.folder, name="folder"),
    path("<language:language>/r/<release:name>/explore", views.explore, name="explore"),
    path("<language:language>/r/<release:name>/explore.json", downloads.explore_json, name="explore-json"),
    path("<language:language>/r/<release:name>/explore.csv", downloads.explore_csv, name="explore-csv"),
    path("<language:language>/r/<release:name>/explore/<slug:key>.json", downloads.picture_json, name="picture-json"),
    path("<language:language>/r/<release:name>/explore/<slug:key>.csv", downloads.picture_csv, name="picture-csv"),
    path("<language:language>/r/<release:name>/explore/<slug:key>.svg", downloads.picture_svg, name="picture-svg"),
    path("<language:language>/r/<release:name>/files/<file:file>", downloads.file, name="file"),
]

handler400 = "amparo.portal.views.bad_request"
handler404 = "amparo.portal.views.not_found"
handler500 = "amparo.portal.views.broken"

"""A supervisor of the public site learns whether it lives and can read its folder, and nothing of what stands in it."""

from amparo.portal.tests.conftest import case_folder, serve


def test_it_lives_and_is_ready_while_its_folder_can_be_read(tmp_path):
    serving = serve(case_folder(tmp_path / "site"))
    portal = next(serving)
    try:
        for path in ("/healthz", "/health"):
            answer = portal.ask(path)
            assert (answer.status, answer.text, answer.headers["Cache-Control"]) == (200, "ok\n", "no-store")
        assert portal.ask("/readyz").json == {"ready": True, "failing": []}
        portal.bundles.rename(portal.bundles.with_name("gone"))
        answer = portal.ask("/readyz")
        assert (answer.status, answer.json) == (503, {"ready": False, "failing": ["bundles"]})
        assert "bundles" not in portal.ask("/healthz").text
    finally:
        serving.close()

"""Words put together as each language does it."""

import pytest
from django.utils.translation import override

from amparo.desk.core.wording import labelled


@pytest.mark.parametrize(("language", "words"), [("en", "Debt: yes"), ("fr", "Debt\u00a0: yes"), ("es", "Debt: yes")])
def test_a_label_and_its_value_are_set_apart_as_the_language_does(language, words):
    with override(language):
        assert labelled("Debt", "yes") == words

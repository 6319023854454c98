"""What a request that only reads asks for is asked once, and nowhere else is anything remembered."""

from amparo.desk.core.once import once, reading_only


def test_inside_it_is_asked_once_and_outside_each_time():
    asked = []

    def ask():
        asked.append(1)
        return len(asked)

    assert [once("a", ask), once("a", ask)] == [1, 2]
    with reading_only():
        assert [once("a", ask), once("a", ask), once("b", ask)] == [3, 3, 4]
    with reading_only():
        assert once("a", ask) == 5
    assert once("a", ask) == 6

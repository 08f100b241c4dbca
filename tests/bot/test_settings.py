from bot.events import Chat
from bot.settings import home_setting, is_home


def test_a_home_is_a_chat_and_the_threads_in_it() -> None:
    settings = {home_setting("7"): "yes"}
    assert is_home(settings, Chat("space", "7"))
    assert is_home(settings, Chat("space", "7", thread="8"))
    assert not is_home(settings, Chat("space", "9"))


def test_a_threads_own_word_goes_before_its_chats() -> None:
    assert not is_home({home_setting("7"): "yes", home_setting("8"): "no"}, Chat("space", "7", thread="8"))
    assert is_home({home_setting("8"): "yes"}, Chat("space", "7", thread="8"))
    assert not is_home({home_setting("8"): "yes"}, Chat("space", "7"))

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unavailable
from storage.encryption import KEPT, DataKey, MasterKey

MASTER = MasterKey(b"m" * 32)
WRAPPED = MASTER.new_data_key(1)
KEY = MASTER.data_key(7, 1, WRAPPED)

any_text = st.text(st.characters(exclude_categories=()))  # half surrogate pairs too


@given(any_text, st.text())
def test_what_was_sealed_is_read_as_it_was(text: str, place: str) -> None:
    assert KEY.unseal(KEY.seal(text, place), place) == text


@given(st.integers(min_value=1, max_value=255), st.integers(min_value=0, max_value=31))
def test_no_change_goes_unnoticed(change: int, at: int) -> None:
    sealed = bytearray(KEY.seal("text", "here"))
    sealed[at] ^= change
    with pytest.raises(Unavailable):
        KEY.unseal(bytes(sealed), "here")


@given(st.integers(min_value=0, max_value=31))
def test_nothing_can_be_left_out(length: int) -> None:
    with pytest.raises(Unavailable):
        KEY.unseal(KEY.seal("text", "here")[:length], "here")


def test_a_text_in_another_place_is_not_read() -> None:
    with pytest.raises(Unavailable) as caught:
        KEY.unseal(KEY.seal("text", "turns.text:1"), "turns.text:2")
    assert "turns.text:2" in caught.value.detail


def test_the_same_text_never_looks_the_same() -> None:
    assert len({KEY.seal("text", "here") for _ in range(100)}) == 100


def test_every_account_has_a_key_of_its_own() -> None:
    other = MASTER.data_key(8, 1, MASTER.new_data_key(1))
    with pytest.raises(Unavailable):
        other.unseal(KEY.seal("text", "here"), "here")


@pytest.mark.parametrize(("master", "account"), [(MASTER, 2), (MasterKey(b"n" * 32), 1)])
def test_a_data_key_is_for_one_account_and_one_master_key(master: MasterKey, account: int) -> None:
    with pytest.raises(Unavailable):
        master.data_key(7, account, WRAPPED)


def test_few_unwrapped_keys_stay_in_memory() -> None:
    master = MasterKey(b"m" * 32)
    for _ in range(KEPT + 10):
        master.data_key(7, 1, master.new_data_key(1))
    assert master._cipher.cache_info().currsize == KEPT


def test_a_pseudonym_is_the_same_for_the_same_account_only() -> None:
    names = [("a", "b"), ("a", "c"), ("b", "b"), ("ab", "")]
    assert len({MASTER.pseudonym(*name) for name in names} | {MasterKey(b"n" * 32).pseudonym("a", "b")}) == 5
    assert MASTER.pseudonym("a", "b") == MasterKey(b"m" * 32).pseudonym("a", "b")


def test_no_key_is_printed() -> None:
    secret = b"\xab" * 32
    master = MasterKey(secret)
    key = master.data_key(1, 1, master.new_data_key(1))
    for shown in (repr(master), str(master), repr(key), master.id):
        assert secret.hex() not in shown
    assert repr(key) == "DataKey(id=1)"
    assert isinstance(key, DataKey)

"""The table is complete: these fail when Python's sqlite3 grows a result code that it lacks."""

import sqlite3

import pytest
from sqlalchemy import exc

from storage.failures import SQLITE, translated, translating

# What sqlite3 exports under the same prefix and is no result code: actions of the authorizer, limits, and successes.
ACTIONS = """
    DENY IGNORE CREATE_INDEX CREATE_TABLE CREATE_TEMP_INDEX CREATE_TEMP_TABLE CREATE_TEMP_TRIGGER CREATE_TEMP_VIEW
    CREATE_TRIGGER CREATE_VIEW DELETE DROP_INDEX DROP_TABLE DROP_TEMP_INDEX DROP_TEMP_TABLE DROP_TEMP_TRIGGER
    DROP_TEMP_VIEW DROP_TRIGGER DROP_VIEW INSERT PRAGMA READ SELECT TRANSACTION UPDATE ATTACH DETACH ALTER_TABLE REINDEX
    ANALYZE CREATE_VTABLE DROP_VTABLE FUNCTION SAVEPOINT RECURSIVE
""".split()  # noqa: SIM905 - they read better as words
SUCCESSES = {sqlite3.SQLITE_OK, sqlite3.SQLITE_ROW, sqlite3.SQLITE_DONE}


def result_codes() -> dict[str, int]:
    names = {name.removeprefix("SQLITE_"): name for name in dir(sqlite3) if name.startswith("SQLITE_")}
    others = {name for name in names if name in ACTIONS or name.startswith(("LIMIT_", "DBCONFIG_"))}
    return {name: getattr(sqlite3, full) for name, full in names.items() if name not in others}


def test_every_result_code_is_in_the_table() -> None:
    codes = {code for code in result_codes().values() if code & 0xFF not in SUCCESSES and code not in SUCCESSES}
    assert {code & 0xFF for code in codes} - set(SQLITE) == set()
    assert len(codes) > 90


def test_the_actions_left_out_are_not_in_the_way_of_a_new_code() -> None:
    assert {f"SQLITE_{name}" for name in ACTIONS} - set(dir(sqlite3)) == set()


def failure(code: int, name: str) -> exc.DBAPIError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return exc.OperationalError("INSERT", {"text": "what a person wrote"}, error, hide_parameters=True)


@pytest.mark.parametrize(("name", "code"), sorted(result_codes().items()))
def test_every_code_is_ours_or_a_mistake_of_ours(name: str, code: int) -> None:
    ours = translated(failure(code, f"SQLITE_{name}"))
    expected = SQLITE.get(code & 0xFF)
    if expected is None:
        assert ours is None
    else:
        assert ours is not None
        assert ours.message == expected.message
        assert ours.message.endswith(".")
        assert ours.detail == f"{expected.detail} (SQLITE_{name})"
        assert ours.retry_after
        assert "person" not in ours.detail + ours.message


def test_a_mistake_of_ours_stays_what_it_is() -> None:
    for error in (failure(sqlite3.SQLITE_CONSTRAINT, ""), exc.NoResultFound(), exc.InterfaceError("", {}, KeyError())):
        with pytest.raises(type(error)), translating():
            raise error


def test_an_error_of_python_itself_has_no_code() -> None:
    assert translated(exc.ProgrammingError("", {}, sqlite3.ProgrammingError("closed"))) is None

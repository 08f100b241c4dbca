"""The tables are complete: these fail when Python's sqlite3 or asyncpg grows a code that they lack."""

import socket
import sqlite3
import ssl

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi

from storage.failures import SQLITE, translated, translating
from storage.sqlstates import CLASSES, CODES

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


MISTAKES = """
    01 02 03 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 2B 2D 2F 34 38 39 3B 3F 42 44 54 55 72 HV P0 XX
""".split()  # noqa: SIM905 - classes of SQLSTATEs; they read better as words


def sqlstates() -> set[str]:
    known = (getattr(error, "sqlstate", None) for error in vars(asyncpg.exceptions).values())
    return {state for state in known if isinstance(state, str)}


def postgresql_failure(error: Exception, *, lost: bool = False) -> exc.DBAPIError:
    adapted = AsyncAdapt_asyncpg_dbapi.Error("what PostgreSQL says", error)  # type: ignore[no-untyped-call]
    return exc.DBAPIError("INSERT", {"text": "what a person wrote"}, adapted, True, lost)


def test_every_class_of_postgresqls_is_in_the_table_or_a_mistake_of_ours() -> None:
    assert {state[:2] for state in sqlstates()} == {*CLASSES, *MISTAKES}
    assert set(CODES) <= sqlstates()
    assert len(sqlstates()) > 200


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.AdminShutdownError(), "cannot be reached"),
        (asyncpg.ConnectionDoesNotExistError(), "cannot be reached"),
        (asyncpg.TooManyConnectionsError(), "max_connections"),
        (asyncpg.InvalidPasswordError(), "the password"),
        (asyncpg.InvalidCatalogNameError(), "create it"),
        (asyncpg.InsufficientPrivilegeError(), "the owner"),
        (asyncpg.ReadOnlySQLTransactionError(), "standby"),
        (asyncpg.LockNotAvailableError(), "locked"),
        (asyncpg.DeadlockDetectedError(), "locked"),
        (asyncpg.DiskFullError(), "make room"),
        (asyncpg.DataCorruptedError(), "restore a backup"),
    ],
)
def test_postgresqls_troubles_name_their_remedy(error: Exception, told: str) -> None:
    ours = translated(postgresql_failure(error))
    assert ours is not None
    assert told in ours.detail
    assert f"({error.sqlstate})" in ours.detail  # type: ignore[attr-defined]
    assert "person" not in ours.detail + ours.message
    assert ours.retry_after


@pytest.mark.parametrize("error", [asyncpg.UniqueViolationError(), asyncpg.PostgresSyntaxError()])
def test_a_mistake_of_ours_on_postgresql_stays_what_it_is(error: Exception) -> None:
    assert translated(postgresql_failure(error)) is None


def test_a_driver_that_complains_itself_has_lost_its_connection_or_is_used_wrongly() -> None:
    ours = translated(postgresql_failure(asyncpg.InterfaceError("connection is closed"), lost=True))
    assert ours is not None
    assert "cannot be reached" in ours.detail
    assert translated(postgresql_failure(asyncpg.InterfaceError("cannot perform operation"))) is None


@pytest.mark.parametrize(
    "error",
    [TimeoutError(), ConnectionRefusedError(), socket.gaierror(), ssl.SSLCertVerificationError(), exc.TimeoutError()],
)
def test_no_connection_is_away_and_says_why(error: Exception) -> None:
    ours = translated(error)
    assert ours is not None
    assert f"({type(error).__name__})" in ours.detail

"""The database of jobs: DBOS's tables, and beside them what it has no column for.

Everything in it is JSON. DBOS could read pickles too; here it cannot.
"""

import json
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from dbos import __name__ as _dbos
from dbos._serialization import DefaultSerializer

from scar_core.errors import ConfigError
from scar_core.jobs.places import Places

APPLICATION = "scar"
VERSION = "1"
"""Of the plans' form. Jobs of another version are left to executors of that version."""
SCHEMA = 2
SERIALIZER = DBOSPortableJSONSerializer()
PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 10_000}
"""With a PostgreSQL that no longer answers, in seconds and in milliseconds, as libpq has it."""

TABLES = sa.MetaData()
FACTS = sa.Table(
    "scar_jobs",
    TABLES,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False, default=0),  # how often its plan was started
    sa.Column("starts", sa.Integer, nullable=False, default=0),  # the same, since it last got on
    sa.Column("created_s", sa.Float, nullable=False),  # DBOS's own times are whole seconds
    sa.Column("started_s", sa.Float),
    sa.Column("ended_s", sa.Float),
    sa.Column("lines", sa.Integer, nullable=False, default=0),  # of the plan, written to the log
    sa.Column("renew", sa.Boolean, nullable=False, default=False),  # its files are to go first
    sa.Column("progress", sa.Text),
)
LOG = sa.Table(
    "scar_log",
    TABLES,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job", sa.Text, nullable=False, index=True),
    sa.Column("line", sa.Text, nullable=False),
)
FILES = sa.Table(
    "scar_files",
    TABLES,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("area", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("before", sa.Text),  # sha256 of the one that it replaced
)
WORKERS = sa.Table(
    "scar_workers",
    TABLES,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("beat", sa.Integer, nullable=False),  # counts up; who watches needs no common clock
    sa.Column("seen_s", sa.Float, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
)
MEMORY = sa.Table(
    "scar_memory",
    TABLES,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),  # who came first
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("executor", sa.Text, nullable=False),
    sa.Column("memory_mb", sa.Float, nullable=False),
    sa.Column("limit_mb", sa.Float, nullable=False),  # of all steps on the host
    sa.Column("granted", sa.Boolean, nullable=False),
)
_SCHEMA = sa.Table("scar_schema", TABLES, sa.Column("version", sa.Text, primary_key=True))


def _no_pickle(*_: object) -> NoReturn:
    raise ConfigError("the database of jobs holds JSON only; this entry is something else")


for _name in ("serialize", "deserialize"):
    setattr(DefaultSerializer, _name, _no_pickle)


def open_database(places: Places) -> tuple[sa.Engine, DBOSClient]:
    """Return our own way into the database, and DBOS's; make the tables if they are not there.

    Raises:
        ConfigError: If it cannot be reached or used.
    """
    url = places.database_url
    engine = _engine(url)
    try:
        if not _is_made(engine):
            DBOS.migrate(url)
            _make(engine)
        client = DBOSClient(
            system_database_url=url,
            serializer=SERIALIZER,
            application_name=APPLICATION,
            retry_connection_errors=False,
        )
    except (sa.exc.SQLAlchemyError, OSError) as error:
        shown = sa.make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).split("\n")[0]
        raise ConfigError(
            f"The database of jobs {shown} cannot be used ({reason});"
            " see that it runs and may be written, or set SCAR_DATABASE_URL."
        ) from error
    return engine, client


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        driver = sa.make_url(url).set(drivername="postgresql+psycopg")
        return sa.create_engine(driver, pool_pre_ping=True, pool_size=5, connect_args=PATIENCE)
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA journal_mode=WAL")  # stays in the file, so DBOS has it too

    return engine


def _stamp() -> str:
    from importlib.metadata import version

    return f"{_dbos} {version(_dbos)} scar {SCHEMA}"


def _is_made(engine: sa.Engine) -> bool:
    if not sa.inspect(engine).has_table(_SCHEMA.name):
        return False
    with engine.begin() as connection:
        return connection.scalar(sa.select(_SCHEMA.c.version)) == _stamp()


def _make(engine: sa.Engine) -> None:
    for attempt in range(5):
        try:
            TABLES.create_all(engine)
            with engine.begin() as connection:
                connection.execute(sa.delete(_SCHEMA))
                connection.execute(sa.insert(_SCHEMA).values(version=_stamp()))
        except sa.exc.DBAPIError:  # another process makes them at this moment
            if attempt == 4:
                raise
            time.sleep(0.2)
        else:
            return


def workflows(engine: sa.Engine) -> sa.TableClause:
    """Return those columns of DBOS's jobs that are needed to queue them again."""
    names = ("workflow_uuid", "status", "executor_id", "owner_xid", "queue_name")
    columns: list[sa.ColumnClause[Any]] = [sa.column(name, sa.Text) for name in names]
    columns += [sa.column(name, sa.BigInteger) for name in ("started_at_epoch_ms", "updated_at")]
    schema = "dbos" if engine.dialect.name == "postgresql" else None
    return sa.table("workflow_status", *columns, schema=schema)


def now_s(connection: sa.Connection) -> float:
    """Return seconds since 1970 by the database's clock, which all machines share."""
    if connection.dialect.name != "postgresql":
        return time.time()
    return float(connection.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))) or 0)


def facts_of(connection: sa.Connection, jobs: list[str]) -> dict[str, Mapping[str, Any]]:
    """Return our own columns of these jobs, by job."""
    rows = connection.execute(sa.select(FACTS).where(FACTS.c.job.in_(jobs))).mappings()
    return {row["job"]: dict(row) for row in rows}


def progress_of(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the progress that was last told."""
    told = facts and facts["progress"]
    return json.loads(told) if told else None

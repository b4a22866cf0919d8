"""Clients of Hive against a server of ours. Runs in the virtual environment of clients_test.py:

    driver.py PORT DATA TEST    which is one of the functions below
"""
import datetime
import decimal
import os
import socket
import struct
import sys
import threading
import time

PATIENCE = 60
ROWS = 1_000_000


def expect(true, what):
    if not true:
        raise AssertionError(what)


def token():
    with open(os.path.join(DATA, "token"), encoding="ascii") as file:
        return file.read().strip()


def pyhive(password=None, **more):
    from pyhive import hive
    return hive.connect(host="127.0.0.1", port=PORT, username="ada", auth="CUSTOM", password=password or token(), **more)


def impyla(password=None, **more):
    from impala import dbapi
    return dbapi.connect(host="127.0.0.1", port=PORT, user="ada", auth_mechanism="PLAIN", password=password or token(), **more)


def run(connection, sql, parameters=None):
    """The rows of a statement, or None."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else None
    finally:
        cursor.close()


def refused(call, *parts):
    """What the error says that `call` ends with."""
    try:
        call()
    except Exception as error:  # noqa: BLE001: every client has kinds of its own
        for part in parts:
            expect(part in str(error), f"{part!r} is not in {error}")
        return str(error)
    raise AssertionError(f"it was not refused: {parts}")


def both(test):
    """Calls it with each client's way to connect."""
    def each():
        for connect in (pyhive, impyla):
            test(connect)
    each.__name__ = test.__name__
    return each


@both
def connects(connect):
    with_database = connect(database="default") if connect is pyhive else connect()
    expect(run(with_database, "SELECT 1 AS one, 'x' AS two") == [(1, "x")], connect.__name__)
    expect(run(with_database, "SELECT 1 AS a FROM (VALUES (1)) AS v(b) WHERE b > 1") == [], connect.__name__)
    with_database.close()


@both
def wrong_password(connect):
    begin = time.monotonic()
    refused(lambda: run(connect(password="no"), "SELECT 1"), "token")
    expect(time.monotonic() - begin > 0.4, "a wrong password costs nothing")  # the first half a second, each more twice that


def no_login():
    from pyhive import hive
    begin = time.monotonic()
    try:
        hive.connect(host="127.0.0.1", port=PORT, auth="NOSASL")
    except Exception:  # noqa: BLE001
        return expect(time.monotonic() - begin < PATIENCE, "it is refused late")
    raise AssertionError("somebody came in without a login")


@both
def parameters(connect):
    connection = connect()
    for text in ("plain", "it's", "back\\slash", "\\' OR 1 = 1 --", "two\nlines\tand tabs", "ä€😀", '"quoted"', "''", "%"):
        rows = run(connection, "SELECT %(text)s AS t, %(number)s AS n", {"text": text, "number": 7})
        expect(rows == [(text, 7)], f"{connect.__name__}: {text!r} came back as {rows!r}")
    connection.close()


@both
def types(connect):
    connection = connect()
    sql = """SELECT CAST({0} AS BOOLEAN) AS a, CAST({1} AS TINYINT) AS b, CAST({1} AS SMALLINT) AS c, CAST({1} AS INT) AS d,
      CAST({1} AS BIGINT) AS e, CAST({1} AS FLOAT) AS f, CAST({1} AS DOUBLE) AS g, CAST({2} AS STRING) AS h,
      CAST({1} AS DECIMAL(10, 2)) AS i, CAST({3} AS DATE) AS j, CAST({4} AS TIMESTAMP(3)) AS k, CAST({5} AS TIME) AS l,
      CAST({6} AS BYTES) AS m"""
    values = sql.format("TRUE", "12", "'text'", "'2026-01-02'", "'2026-01-02 10:11:12.345'", "'10:11:12'", "x'00ff'")
    nulls = sql.format(*["NULL"] * 7)
    cursor = connection.cursor()
    cursor.execute(f"{values} UNION ALL {nulls}")
    kinds = [column[1].removesuffix("_TYPE") for column in cursor.description]
    expect(kinds == ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "DECIMAL", "DATE", "TIMESTAMP",
                     "STRING", "BINARY"], kinds)
    rows = sorted(cursor.fetchall(), key=lambda row: row[0] is None)
    expect(rows[1] == (None,) * 13, rows[1])
    moment = datetime.datetime(2026, 1, 2, 10, 11, 12, 345000)
    wanted = (True, 12, 12, 12, 12, 12.0, 12.0, "text", decimal.Decimal("12.00"), str(moment.date()), moment, "10:11:12", b"\0\xff")
    # PyHive leaves a DATE as the text that it is.
    got = tuple(str(value) if type(value) is datetime.date else value for value in rows[0])
    expect(got == wanted, f"{connect.__name__}: {got}")
    connection.close()


@both
def a_million_rows(connect):
    connection = connect()
    # Not a temporary one: a cursor of impyla's has a session of its own.
    run(connection, f"""CREATE TABLE IF NOT EXISTS numbers (n BIGINT, f DOUBLE) WITH ('connector' = 'datagen',
        'number-of-rows' = '{ROWS}', 'rows-per-second' = '100000000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '{ROWS}')""")
    cursor = connection.cursor()
    cursor.arraysize = 50_000
    begin = time.monotonic()
    cursor.execute("SELECT n FROM numbers")
    count = total = 0
    while rows := cursor.fetchmany(50_000):
        count += len(rows)
        total += sum(row[0] for row in rows)
    expect((count, total) == (ROWS, ROWS * (ROWS + 1) // 2), (count, total))
    print(f"{connect.__name__}: {ROWS / (time.monotonic() - begin):,.0f} rows a second")
    connection.close()


def stream(connection, name):
    run(connection, f"CREATE TABLE IF NOT EXISTS {name} (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")


@both
def cancel(connect):
    connection = connect()
    stream(connection, "endless")
    cursor = connection.cursor()
    cursor.execute("SELECT n FROM endless")
    expect(len(cursor.fetchmany(3)) == 3, "no rows of a stream")
    begin = time.monotonic()
    (cursor.cancel if connect is pyhive else cursor.cancel_operation)()
    cursor.close()
    expect(run(connection, "SELECT 2 AS two") == [(2,)], "nothing can be executed after a cancel")
    expect(time.monotonic() - begin < PATIENCE / 2, "the cancel took long")
    connection.close()


def cancel_while_another_thread_waits():
    """A fetch that waits is ended by the same operation's handle on another connection."""
    from TCLIService import ttypes
    waiting, other = pyhive(), pyhive()
    run(waiting, "CREATE TEMPORARY TABLE slow (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    cursor = waiting.cursor()
    cursor.execute("SELECT n FROM slow WHERE n IS NULL")
    said = []
    thread = threading.Thread(target=lambda: said.append(refused(cursor.fetchone)))
    thread.start()
    time.sleep(0.5)
    expect(thread.is_alive(), "it had no reason to return")
    other.client.CancelOperation(ttypes.TCancelOperationReq(cursor._operationHandle))
    thread.join(PATIENCE)
    expect(said and "E8001" in said[0], said)


def one_statement_at_a_time():
    """A SELECT that is not read keeps its session busy, and no other one."""
    connection, other = pyhive(), pyhive()
    stream(connection, "unread")
    cursor = connection.cursor()
    cursor.execute("SELECT n FROM unread")
    refused(lambda: run(connection, "SELECT 1 AS one"), "is being executed", "close it")
    expect(run(other, "SELECT 1 AS one") == [(1,)], "another session")
    cursor.close()
    expect(run(connection, "SELECT 1 AS one") == [(1,)], "it is free again")


@both
def errors(connect):
    connection = connect()
    refused(lambda: run(connection, "SELEC 1"), "E1001")
    refused(lambda: run(connection, "SELECT * FROM nowhere"), "E2001", "nowhere")
    refused(lambda: run(connection, "SELECT 1; SELECT 2"), "one statement")
    refused(lambda: run(connection, "SET 'server.max-sessions' = '3'"), "E6001")
    refused(lambda: run(connection, "SELECT 1 / n AS x FROM (VALUES (1), (0)) AS t(n)"), "E3")
    expect(run(connection, "SELECT 3 AS three;") == [(3,)], "it does not go on after errors")
    if connect is pyhive:
        told = refused(lambda: run(connection, "SELECT * FROM nowhere"))
        expect("errorCode=2001" in told and "sqlState='42" in told, told)
    connection.close()


@both
def what_tools_send(connect):
    connection = connect()
    for sql in ("SET hive.exec.parallel=true", "SET mapred.job.queue.name = x", "USE default", "USE `default`",
                "/* ApplicationName=DBeaver */ SET hive.x=1"):
        expect(run(connection, sql) is None, sql)
    run(connection, "CREATE TABLE IF NOT EXISTS described (id INT, `ts` TIMESTAMP(3), d DECIMAL(10, 2), WATERMARK FOR ts AS ts) "
                    "WITH ('connector' = 'datagen')")
    for sql in ("DESCRIBE described", "DESCRIBE FORMATTED described", "DESC EXTENDED default.described", "DESCRIBE `default`.`described`"):
        expect(run(connection, sql) == [("id", "int", ""), ("ts", "timestamp", ""), ("d", "decimal(10,2)", "")], sql)
    for sql in ("SHOW DATABASES", "SHOW SCHEMAS", "SHOW SCHEMAS LIKE 'default*'"):
        expect(run(connection, sql) == [("default_database",)], sql)
    for sql in ("SHOW TABLES IN default", "SHOW TABLES FROM `default` LIKE 'desc*'", "SHOW TABLES 'd*'", "SHOW TABLES"):
        expect(("described",) in run(connection, sql), sql)
    expect(run(connection, "SHOW TBLPROPERTIES described") == [], "properties")
    expect(run(connection, "SHOW PARTITIONS described") == [], "partitions")
    expect("datagen" in "".join(row[0] for row in run(connection, "SHOW CREATE TABLE described")), "no definition")
    expect(run(connection, "EXPLAIN SELECT 1"), "no plan")
    run(connection, "CREATE SCHEMA IF NOT EXISTS s1")
    run(connection, "DROP SCHEMA s1")
    run(connection, "DROP TABLE described")
    connection.close()


def metadata():
    from TCLIService import ttypes
    connection = pyhive()
    run(connection, "CREATE TABLE keyed (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'datagen')")
    run(connection, "CREATE VIEW seen AS SELECT id FROM keyed")
    client, session = connection.client, connection.sessionHandle

    def rows(answer):
        expect(answer.status.statusCode == 0, answer)
        got = client.FetchResults(ttypes.TFetchResultsReq(answer.operationHandle, ttypes.TFetchOrientation.FETCH_NEXT, 1000))
        again = client.FetchResults(ttypes.TFetchResultsReq(answer.operationHandle, ttypes.TFetchOrientation.FETCH_FIRST, 1000))
        columns = [next(value.values for value in vars(column).values() if value) for column in got.results.columns]
        expect(again.results == got.results, "the first row is another one")
        return list(zip(*columns))

    everything = rows(client.GetTables(ttypes.TGetTablesReq(session, None, "%", "%", None)))
    expect([row[2:4] for row in everything] == [("keyed", "TABLE"), ("seen", "VIEW")], everything)
    for name, count in (("key_d", 1), ("k%", 1), ("KEYED", 1), ("%e%", 2), ("key", 0), (r"key\_d", 0), ("%" * 50 + "x", 0)):
        found = rows(client.GetTables(ttypes.TGetTablesReq(session, None, "default_database", name, None)))
        expect(len(found) == count, (name, found))
    expect(len(rows(client.GetTables(ttypes.TGetTablesReq(session, None, "default", None, ["VIEW"])))) == 1, "views")
    columns = rows(client.GetColumns(ttypes.TGetColumnsReq(session, None, None, "keyed", None)))
    expect([(row[3], row[4], row[5]) for row in columns] == [("id", 4, "INT"), ("name", 12, "STRING")], columns)
    keys = rows(client.GetPrimaryKeys(ttypes.TGetPrimaryKeysReq(session, None, "default_database", "keyed")))
    expect([row[3:5] for row in keys] == [("id", 1)], keys)
    expect(rows(client.GetCrossReference(ttypes.TGetCrossReferenceReq(session))) == [], "references")
    expect(rows(client.GetCatalogs(ttypes.TGetCatalogsReq(session))) == [("default_catalog",)], "catalogs")
    expect(rows(client.GetSchemas(ttypes.TGetSchemasReq(session))) == [("default_database", "default_catalog")], "schemas")
    expect(("TABLE",) in rows(client.GetTableTypes(ttypes.TGetTableTypesReq(session))), "kinds of tables")
    expect(len(rows(client.GetTypeInfo(ttypes.TGetTypeInfoReq(session)))) > 10, "types")
    expect([row[2] for row in rows(client.GetFunctions(ttypes.TGetFunctionsReq(session, None, None, "UPP%")))] == ["UPPER"], "functions")
    info = client.GetInfo(ttypes.TGetInfoReq(session, ttypes.TGetInfoType.CLI_DBMS_NAME))
    expect(info.infoValue.stringValue == "Weir", info)
    denied = client.GetDelegationToken(ttypes.TGetDelegationTokenReq(session, "a", "b"))
    expect(denied.status.statusCode == ttypes.TStatusCode.ERROR_STATUS, denied)
    run(connection, "DROP VIEW seen")
    run(connection, "DROP TABLE keyed")
    connection.close()


def asynchronous():
    from TCLIService import ttypes
    connection = pyhive()
    cursor = connection.cursor()
    cursor.execute("SELECT 5 AS five", async_=True)
    end = time.monotonic() + PATIENCE
    while cursor.poll().operationState in (ttypes.TOperationState.INITIALIZED_STATE, ttypes.TOperationState.RUNNING_STATE):
        expect(time.monotonic() < end, "it never ends")
    expect(cursor.fetchall() == [(5,)], "rows")
    # Its columns are known when it ends, which is long after the handle was given.
    run(connection, "CREATE TABLE counted (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'number-of-rows' = '400')")
    cursor.execute("SELECT COUNT(*) AS n FROM counted", async_=True)
    expect(cursor.poll().operationState == ttypes.TOperationState.RUNNING_STATE, "it has ended already")
    while cursor.poll().operationState == ttypes.TOperationState.RUNNING_STATE:
        expect(time.monotonic() < end, "it never ends")
    expect(cursor.fetchall() == [(400,)], "rows of a long one")
    connection.close()


def configured():
    connection = pyhive(configuration={"hive.exec.parallel": "true", "set:hiveconf:pipeline.name": "mine", "parallelism.default": "2"})
    settings = dict(row[:2] for row in run(connection, "SET"))
    expect(settings.get("'pipeline.name'", settings.get("pipeline.name")) in ("mine", "'mine'"), settings)
    connection.close()
    refused(lambda: pyhive(configuration={"parallelism.default": "many"}), "parallelism.default")
    refused(lambda: pyhive(configuration={"no.such.key": "1"}), "no.such.key")
    refused(lambda: pyhive(database="nowhere"), "nowhere")


@both
def a_job(connect):
    connection = connect()
    run(connection, "CREATE TABLE IF NOT EXISTS source_of_job (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50')")
    run(connection, "CREATE TABLE IF NOT EXISTS sink_of_job (n BIGINT) WITH ('connector' = 'blackhole')")
    name = f"job_{connect.__name__}"
    run(connection, f"CREATE JOB {name} AS INSERT INTO sink_of_job SELECT n FROM source_of_job")
    connection.close()
    connection = connect()  # it runs on without who started it
    expect([row[2] for row in run(connection, f"SHOW JOBS LIKE '{name}'")] == ["RUNNING"], run(connection, "SHOW JOBS"))
    run(connection, f"STOP JOB {name}")
    expect([row[2] for row in run(connection, f"SHOW JOBS LIKE '{name}'")] != ["RUNNING"], "it runs on")
    connection.close()


def changes():
    """Rows that change need the changelog where there is no end to them."""
    connection = pyhive()
    stream(connection, "events")
    counted = "SELECT COUNT(*) AS n FROM events"
    refused(lambda: run(connection, counted), "changelog")
    expect(run(connection, "SELECT b, COUNT(*) AS n FROM (VALUES (1), (1)) AS v(b) GROUP BY b") == [(1, 2)], "a table that ends")
    run(connection, "SET 'sql-client.execution.result-mode' = 'changelog'")
    cursor = connection.cursor()
    cursor.execute(counted)
    rows = [cursor.fetchone() for _ in range(3)]
    expect([column[0] for column in cursor.description] == ["op", "n"], cursor.description)
    expect(rows[0][0] == "+I" and {row[0] for row in rows} <= {"+I", "-U", "+U"}, rows)
    connection.close()


def who_leaves_frees_all():
    """More clients that vanish in the middle of an endless SELECT than there may be sessions."""
    for _ in range(30):
        connection = pyhive()
        stream(connection, "`left`")
        cursor = connection.cursor()
        cursor.execute("SELECT n FROM `left`")
        cursor.fetchone()
        connection._transport.close()
    expect(run(pyhive(), "SELECT 1 AS one") == [(1,)], "there is no session left")


def log_in():
    login = b"\0ada\0" + token().encode()
    raw = socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE)
    raw.sendall(b"\1" + struct.pack(">I", 5) + b"PLAIN" + b"\2" + struct.pack(">I", len(login)) + login)
    expect(raw.recv(5) == b"\5\0\0\0\0", "the login was refused")
    return raw


def nonsense():
    """What breaks the protocol ends its own connection and nothing else."""
    import random
    whole = pyhive()
    call = b"\x80\x01\0\x01" + struct.pack(">I", 11) + b"OpenSession" + struct.pack(">I", 1)
    field = b"\x0c\0\1"
    huge = struct.pack(">I", 0x7fffffff)
    bombs = [
        call + field + b"\x0d\0\4\x0b\x0b" + huge,                      # a map of two billion
        call + field + b"\x0b\0\2" + huge,                              # a text of two gigabytes
        call + field + b"\x0f\0\x09\x0c" + huge + b"\0" * 30,           # a list of structs that take no bytes
        call + b"\x0c\0\1" * 10_000,                                    # nested without end
        b"", b"\0" * 72, b"GET / HTTP/1.1\r\n\r\n",
    ]
    random.seed(19)
    bombs += [bytes(random.randrange(256) for _ in range(random.randrange(1, 200))) for _ in range(200)]
    opens = call + b"\x0c\0\1\x08\0\1" + struct.pack(">I", 5) + b"\x0b\0\2" + struct.pack(">I", 3) + b"ada" + b"\x0d\0\4\x0b\x0b" + \
        struct.pack(">I", 1) + struct.pack(">I", 1) + b"a" + struct.pack(">I", 1) + b"b" + b"\0\0"
    for _ in range(1000):
        mutated = bytearray(opens)
        for _ in range(random.randrange(1, 5)):
            mutated[random.randrange(len(mutated))] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
        bombs.append(bytes(mutated))
    begun = resident()
    for bomb in bombs:
        with log_in() as raw:
            raw.sendall(struct.pack(">I", len(bomb)) + bomb)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    with log_in() as raw:
        raw.sendall(huge)  # of a message that never comes
        expect(raw.recv(1) == b"", "it waits for two gigabytes")
    for first in (b"\x16\x03\x01", b"\x80\x01\0\x01", b"\1\xff\xff\xff\xff", b"\5"):
        with socket.create_connection(("127.0.0.1", PORT), timeout=PATIENCE) as raw:
            raw.sendall(first)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    expect(run(whole, "SELECT 1 AS one") == [(1,)], "another connection has ended")
    expect(resident() - begun < 64 << 20, f"{(resident() - begun) >> 20} MB more memory")


def resident():
    with open(f"/proc/{SERVER}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sqlalchemy():
    from sqlalchemy import MetaData, Table, create_engine, inspect, text
    run(pyhive(), "CREATE TABLE IF NOT EXISTS reflected (id INT, name STRING, at TIMESTAMP(3), price DECIMAL(10, 2), tags ARRAY<STRING>) "
                  "WITH ('connector' = 'inline', 'rows' = '\n1, it, 2026-01-02 10:11:12.000, 1.50, [a]\n')")
    engine = create_engine(f"hive://ada:{token()}@127.0.0.1:{PORT}/default", connect_args={"auth": "CUSTOM"})
    seen = inspect(engine)
    expect(seen.get_schema_names() == ["default_database"], seen.get_schema_names())
    expect("reflected" in seen.get_table_names(), seen.get_table_names())
    expect("reflected" in seen.get_table_names(schema="default"), "by a schema's name")
    expect(seen.has_table("reflected") and not seen.has_table("nowhere"), "has_table")
    table = Table("reflected", MetaData(), autoload_with=engine)
    kinds = [(column.name, type(column.type).__name__.upper()) for column in table.columns]
    expect([name for name, _ in kinds] == ["id", "name", "at", "price", "tags"], kinds)
    expect(kinds[0][1] == "INTEGER" and kinds[1][1] == "STRING", kinds)
    with engine.connect() as connection:
        rows = connection.execute(table.select().where(table.c.name == "it")).fetchall()
        expect(len(rows) == 1 and rows[0].price == decimal.Decimal("1.50"), rows)
        expect(connection.execute(text("SELECT :a AS a"), {"a": "it's"}).scalar() == "it's", "a parameter")
    run(pyhive(), "DROP TABLE reflected")


TESTS = [connects, wrong_password, no_login, parameters, types, a_million_rows, cancel, cancel_while_another_thread_waits,
         one_statement_at_a_time, errors,
         what_tools_send, metadata, asynchronous, configured, a_job, changes, who_leaves_frees_all, nonsense, sqlalchemy]


if __name__ == "__main__":
    PORT, DATA, SERVER = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    next(test for test in TESTS if test.__name__ == sys.argv[4])()

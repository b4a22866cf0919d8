#!/usr/bin/env python3
"""A secret that somebody wrote into a statement, an option or a conf file is in no file and no message.

usage: secrets_test.py --weir WEIR
Puts a canary behind every name that a secret has, in every statement that takes options, and looks for it in standard
output, standard error, the data directory and the output. Ends with 'files: N passed, N failed'.
"""
import argparse
import itertools
import os
import pathlib
import subprocess
import sys
import tempfile

CANARY = "CANARY-4711-never-shown"
NAMES = ("password", "sasl.password", "properties.ssl.key.password", "secret", "s3.secret-key", "client.secret", "token",
         "auth-token", "credentials", "access-key", "fs.s3a.access.key", "private-key", "ssl.private.key", "api-key", "x.api.key",
         "properties.sasl.jaas.config", "PassWord")
KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:9092', 'format' = "
SASL = KAFKA + "'json', 'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN', "
REGISTRY = KAFKA + "'avro-confluent', 'avro-confluent.url' = 'http://r:8081', "
# Definitions that are accepted, by the option that has the canary.
ACCEPTED = {
    "properties.sasl.password": f"{SASL}'properties.sasl.username' = 'u', 'properties.sasl.password' = '{CANARY}'",
    "properties.sasl.jaas.config": f"{SASL}'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule "
                                   f"required username=\"u\" password=\"{CANARY}\";'",
    "properties.ssl.key.password": f"{KAFKA}'json', 'properties.ssl.key.password' = '{CANARY}'",
    "properties.ssl.keystore.password": f"{KAFKA}'json', 'properties.ssl.keystore.password' = '{CANARY}'",
    "properties.ssl.keystore.key": f"{KAFKA}'json', 'properties.ssl.keystore.key' = '-----BEGIN PRIVATE KEY-----\n{CANARY}'",
    "properties.ssl.key.pem": f"{KAFKA}'json', 'properties.ssl.key.pem' = '{CANARY}'",
    "properties.sasl.oauthbearer.config": f"{KAFKA}'json', 'properties.sasl.oauthbearer.config' = 'principal={CANARY}'",
    "avro-confluent.bearer-auth.token": f"{REGISTRY}'avro-confluent.bearer-auth.token' = '{CANARY}'",
    "avro-confluent.basic-auth.user-info": f"{REGISTRY}'avro-confluent.basic-auth.user-info' = 'ada:{CANARY}'",
    "avro-confluent.ssl.keystore.password": f"{REGISTRY}'avro-confluent.ssl.keystore.password' = '{CANARY}'",
    "avro-confluent.properties.basic.auth.user.info": f"{REGISTRY}'avro-confluent.properties.basic.auth.user.info' = 'ada:{CANARY}'",
    "avro-confluent.url": f"{KAFKA}'avro-confluent', 'avro-confluent.url' = 'http://ada:{CANARY}@r:8081'",
    "debezium-avro-confluent.url": f"{KAFKA}'debezium-avro-confluent', 'debezium-avro-confluent.url' = 'http://ada:{CANARY}@r:8081'",
    "debezium-avro-confluent.bearer-auth.token": f"{KAFKA}'debezium-avro-confluent', 'debezium-avro-confluent.url' = 'http://r:8081', "
                                                 f"'debezium-avro-confluent.bearer-auth.token' = '{CANARY}'",
    "key.avro-confluent.url": f"{KAFKA}'json', 'key.format' = 'avro-confluent', 'key.fields' = 'a', "
                              f"'key.avro-confluent.url' = 'http://r:1,http://ada:{CANARY}@r:8081'",
}
FILES = "'connector' = 'filesystem', 'path' = 'in', 'format' = 'csv'"
GOOD = f"CREATE TABLE t (a INT) WITH ({FILES});\n"
# What may be said with an option in it. Most is refused: the option is not known.
STATEMENTS = (
    f"CREATE TABLE s (a INT) WITH ({FILES}, '{{0}}' = '{{1}}');",
    f"CREATE TABLE s (a INT) WITH ('{{0}}'='{{1}}', {FILES});",
    f"CREATE TABLE s (a INT)\nWITH ({FILES},\n  '{{0}}' =\n  '{{1}}');",
    "CREATE TABLE s (a INT) WITH ('connector' = 'kafka', '{0}' = '{1}');",
    f"CREATE TABLE s (a NOTYPE) WITH ({FILES}, '{{0}}' = '{{1}}');",
    GOOD + "SELECT nothing FROM t /*+ OPTIONS('{0}' = '{1}') */;",
    GOOD + "EXPLAIN SELECT a FROM t /*+ OPTIONS('{0}' = '{1}') */;",
    GOOD + "SELECT a FROM t /*+ OPTIONS('{0}' = '{1}') */;",
    "SET '{0}' = '{1}';",
    "CREATE CATALOG c WITH ('type' = 'jdbc', '{0}' = '{1}');",
    "CREATE DATABASE d WITH ('{0}' = '{1}') WRONG;",
    GOOD + "ALTER TABLE t SET ('{0}' = '{1}');",
    GOOD + "RESTORE JOB j FROM 'nowhere' WITH ('{0}' = '{1}');",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO x /*+ OPTIONS('{0}' = '{1}') */ SELECT 1; END;",
)


def leaks(directory, done):
    """Where the canary is."""
    if CANARY in done.stdout:
        yield "standard output"
    if CANARY in done.stderr:
        yield "standard error"
    for path in directory.rglob("*"):
        if path.is_file() and path.name not in ("script.sql", "weir.yaml") and CANARY.encode() in path.read_bytes():
            yield str(path.relative_to(directory))


def attempt(weir, statement, name, number):
    """What went wrong with one statement, in three ways of saying it."""
    with tempfile.TemporaryDirectory(prefix="weir-secrets-") as scratch:
        directory = pathlib.Path(scratch)
        (directory / "in").mkdir()
        (directory / "in/a.csv").write_text("1\n")
        text = statement.format(name, CANARY)
        (directory / "script.sql").write_text(text)
        ways = (["run", "script.sql"], ["-c", text], ["-D", f"{name}={CANARY}", "-c", "SELECT 1;"])
        way = ways[number % 2] if number % 7 else ways[2]
        if number % 11 == 0:
            (directory / "weir.yaml").write_text(f"{name}: {CANARY}\n")
        done = subprocess.run([weir, "--data-dir", "data", *way], cwd=directory, capture_output=True, text=True, timeout=60,
                              check=False)
        return [f"{place}: {' '.join(way)}\n{text}\n{done.stdout}{done.stderr}" for place in leaks(directory, done)]


def accepted(weir, options):
    """What an accepted definition says of its secret: the catalog and a script's own session keep it, nothing shows it."""
    create = f"CREATE TABLE s (a INT)\nWITH ({options});\n"
    show = "SHOW CREATE TABLE s; DESCRIBE s; EXPLAIN SELECT a FROM s; SELECT wrong FROM s;"
    with tempfile.TemporaryDirectory(prefix="weir-secrets-") as scratch:
        (pathlib.Path(scratch) / "script.sql").write_text(create + show)
        for way in (["-c", create + "SHOW TABLES;"], ["-c", show], ["run", "script.sql"], ["-c", create.replace("(a INT)", "(a NOTYPE)")]):
            done = subprocess.run([weir, "--data-dir", "data", *way], cwd=scratch, capture_output=True, text=True, timeout=60, check=False)
            said = f"{' '.join(way)}\n{done.stdout}{done.stderr}"
            if CANARY in done.stdout + done.stderr:
                yield f"an answer: {said}"
            if show in way and ("******" not in done.stdout or "E2003" not in done.stderr):
                yield f"no definition that was accepted: {said}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    weir = os.path.abspath(parser.parse_args().weir)
    cases = list(itertools.product(STATEMENTS, NAMES))
    found = []
    for number, (statement, name) in enumerate(cases):
        found += attempt(weir, statement, name, number)[:1]
    for name, options in ACCEPTED.items():
        cases.append(name)
        found += list(accepted(weir, options))[:1]
    for leak in found[:5]:
        print(f"FAILED: the secret is in {leak}")
    print(f"files: {len(cases) - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

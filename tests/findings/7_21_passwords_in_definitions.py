#!/usr/bin/env python3
"""A password in an accepted definition is in nothing that is shown, and what was shown so is no definition; a job and its
savepoint have what they need."""
from weir import check, contains, equal, true

PASSWORD = "a-password-in-clear"
KAFKA = ("'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json', "
         "'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN', 'properties.sasl.jaas.config' = "
         "'org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"{}\";'")
SHOWN = ("SHOW CREATE TABLE k;", "DESCRIBE k;", "EXPLAIN SELECT a FROM k;", "SHOW CREATE JOB j;", "DESCRIBE JOB j;", "DESCRIBE SAVEPOINT kept;")


def body(weir):
    weir.write("in/none.txt", "")
    made = weir.run(f"CREATE TABLE k (a INT) WITH ({KAFKA.format(PASSWORD)});\n"
                    "CREATE TABLE i (a INT) WITH ('connector' = 'filesystem', 'path' = 'in', 'format' = 'csv', 'source.monitor-interval' = '20 ms');\n"
                    "CREATE JOB j AS INSERT INTO k SELECT a FROM i;\nSAVEPOINT JOB j AS kept TO 'saved';\n" + "\n".join(SHOWN) + "\nSTOP JOB j;")
    equal(made.code, 0, made)
    true(PASSWORD not in made.out + made.err, "it is shown", made)
    equal(made.out.count("'properties.sasl.jaas.config' = '******'"), 3, made)
    contains(made.err, "WARNING: the catalog, checkpoints and savepoints keep what 'properties.sasl.jaas.config' says in clear", made)
    again = weir.run("RESTORE JOB j FROM SAVEPOINT kept;\nSTOP JOB j;")
    equal(again.code, 0, again)
    for value in ("******", "***"):
        refused = weir.run("CREATE TABLE k2 (a INT) WITH (" + KAFKA.split("'org.")[0] + f"'{value}');")
        contains(refused.err, "E2008", refused)
        contains(refused.err, "${secret:NAME}", refused)
    whole = weir.run("CREATE TABLE k3 (a INT) WITH (" + KAFKA.format("${secret:p}") + ");\nSHOW CREATE TABLE k3;")
    contains(whole.out, 'password="${secret:p}"', whole)
    true("WARNING" not in whole.err, "a reference is warned of", whole)


check(body)

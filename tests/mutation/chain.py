"""Which tests look at a file of operators or state, from the cheapest to the dearest."""
import dataclasses
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Room -> what the unit tests of its subject are called, and the folders of tests/sql.
OPERATORS = {
    "aggregate": ("*GroupAggregate*:FilteredRows*:DistinctRuns*:PartialTable*:*Seeds*:*WindowAggregate*", "agg distinct"),
    "changes": ("ChangelogNormalize*:UpsertMaterialize*:UpsertCompact*:*Changelog*:SinkTest*:*Seeds*", "upsert dedup changelog"),
    "flow": ("SinkTest*:CollectTest*:UnionTest*:ValuesTest*:ReplicateTest*:*LookupJoin*:EmitTest*", "union values insert cte"),
    "factory": ("FactoryTest*:*JoinTest*:*GroupAggregateTest*:RankTest.R*", "order join"),
    "join": ("*Join*:*Multiset*", "join temporal_join"),
    "rank": ("*Rank*:*Revision*:Deduplicate*:TopRows*:SortLimit*:SortOrder*:RowSequence*:*Seeds*", "rank dedup order"),
    "match": ("*Match*:*Pattern*", "match"),
    "session": ("*Session*:KeyGroups*", "session"),
    "time": ("*Window*:SliceAssignment*:Session*:*IntervalJoin*:Deduplicate*:WaitingRows*:TemporalJoin*:RowSequence*", "window session time over"),
    "window": ("*Window*:SliceAssignment*", "window"),
    "": ("*Rows*:EmitTest*:Touched*:DistinctRuns*:*JoinTest*:*Aggregate*:Deduplicate*:RankTest.R*", "agg join rank"),
}
STATE = {
    "row": "*Key*:SubKey*:ByteArena*:*ModelTest*:*Schema*:*ListRuns*:MemoryImage*",
    "table": "*ModelTest*:*Probe*:*Ttl*:*ListRuns*:Append*:*Record*:AddRanges*:Spilled*:*Savepoint*",
    "disk": "*ModelTest*:Overlays*:ExternalSort*:Ingestion*:*Record*:*Compressed*:Spilled*:*Damage*:LargerThanMemory*:CheckpointBug*",
    "checkpoint": "Checkpoint*:Metadata*:MemoryImage*:*Savepoint*:Golden*:Snapshot*:*Schema*:*Damage*:WrittenSums*",
    "files": "Checkpoint*:*Compressed*:*Damage*:WrittenSums*:ForEach*:LowThread*:*Savepoint*",
}
STATE_SQL = ("agg/multiple_keys.slt", "agg/distinct_retract.slt", "agg/min_max_retract.slt", "agg/lists_retract.slt", "rank",
             "join/changes_full.slt", "join/changes_duplicates.slt", "upsert", "session/over_updates.slt")


@dataclasses.dataclass(frozen=True)
class Step:
    """A command, whose {program}s are those with the mutant in them."""
    name: str
    programs: tuple
    words: tuple

    def command(self, paths):
        return [word.format(**paths) for word in self.words]


def unit(name, program, pattern):
    return Step(name, (program,), (f"{{{program}}}", f"--gtest_filter={pattern}", "--gtest_fail_fast"))


def script(name, path, *arguments, programs=("weir",)):
    return Step(name, programs, (sys.executable, str(ROOT / "tests" / path), *arguments))


def sql(name, *arguments):
    return script(name, "sql/run.py", "--weir", "{weir}", "--faulty", "{weir_faulty}", "--jobs", "2", *arguments,
                  programs=("weir", "weir_faulty"))


def folders(names):
    return [str(ROOT / "tests/sql" / name) for name in names if (ROOT / "tests/sql" / name).exists()]


def random_queries():
    yield script("differential", "differential/differential.py", "--weir", "{weir}")
    yield script("changelogs", "differential/changelogs.py", "--weir", "{weir}", "--jobs", "2")


def lives():
    """Jobs that end and go on."""
    yield script("walk", "faults/walk.py", "--weir", "{weir_faulty}", "--seed", "1", programs=("weir_faulty",))
    yield script("golden", "sql/evolve/golden.py", "--weir", "{weir}")
    yield script("savepoints", "sql/evolve/savepoints.py", "--weir", "{weir}")


def of_operators(room):
    pattern, topic = OPERATORS[room]
    yield unit(f"unit {room or 'root'}", "runtime_operators_test", pattern)
    yield from random_queries()
    yield sql(f"sql {topic}", *folders(topic.split()))
    yield unit(f"unit but {room or 'root'}", "runtime_operators_test", f"-{pattern}")
    yield script("operators of queries", "sql/evolve/operators.py", "--weir", "{weir}")
    yield script("event time", "time/event_time_test.py", "--weir", "{weir}", "--cases", "15", "--runs", "4", "--seed", "1")
    yield from lives()
    yield sql(f"sql {topic}, tiny memory", "--config", "tiny_memory", *folders(topic.split()))
    yield sql(f"sql {topic}, parallelism 7", "--config", "parallelism_7", *folders(topic.split()))
    yield sql("sql")
    yield script("jitter", "differential/changelogs.py", "--weir", "{weir_faulty}", "--jitter", "--count", "60",
                 programs=("weir_faulty",))


def of_state(room):
    pattern = STATE[room]
    yield unit(f"state {room}", "state_test", pattern)
    yield unit(f"state but {room}", "state_test", f"-{pattern}")
    yield sql("sql, tiny memory", "--config", "tiny_memory", *folders(STATE_SQL))
    yield unit("operators on disk", "runtime_operators_test", "*OnDisk*:*RandomRows*:*RandomChange*:*Seeds*")
    yield sql("sql, kills", "--config", "checkpoint_kill", "--config", "checkpoint_kill_memory", *folders(STATE_SQL))
    yield from lives()
    yield script("larger than memory", "state/larger_than_memory.py", "--weir", "{weir}", "--state-test", "{state_test}",
                 programs=("weir", "state_test"))
    yield script("memory bounds", "state/memory_bounds.py", "--weir", "{weir}")
    yield script("crash", "faults/crash_test.py", "--weir", "{weir_faulty}", "--kills", "30", "--seed", "1",
                 programs=("weir_faulty",))
    yield unit("power", "faults_test", "*PowerFailure*:*BitRot*")
    yield from random_queries()


def of_file(path):
    """The steps for a file, in their order."""
    parts = path.split("/")
    if parts[0] == "state":
        return list(of_state(parts[1]))
    return list(of_operators(parts[2] if len(parts) > 3 else ""))

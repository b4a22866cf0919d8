/* The coordinator, the tasks that it asks, two-phase commit and crashes.

   Sources number their epochs; the rows of an epoch go into one file of each sink. A barrier ends a task's epoch: its file
   is closed, then synced, then the task acknowledges. The coordinator publishes a checkpoint that everybody has
   acknowledged (its metadata, then the pointer) and commits (renames the files). A checkpoint may be given up until it
   is published; what its tasks pre-committed is carried into the next one. A crash leaves what is on disk, of files that
   were not synced nothing (or all). A start commits what the newest checkpoint promises, removes the rest, and reads on.

   What must hold: no epoch's rows are visible twice, none is visible before a durable checkpoint stands for it, what a
   checkpoint promises is there, and in the end every epoch is visible in every sink and nothing is left behind. */

#ifndef EPOCHS
#define EPOCHS 7
#endif
#ifndef CRASHES
#define CRASHES 4
#endif
#ifndef ABORTS
#define ABORTS 4
#endif
#define SINKS 2
#define ALL ((1 << EPOCHS) - 1)
#define BIT(n) (1 << ((n) - 1))    /* of an epoch; epochs begin with 1 */

/* With REPLAY the model does what a simulated engine did (replay.py): a step that leaves a mark in files is taken when
   it is the next one of the trace, and has its numbers; all others as the model likes. That the end of a trace can be
   reached is what spin then finds. */
#ifdef REPLAY
#define SET int
#define IS(what) (seen == what)
#define NUMBER number
#define LIFE 1      /* number: what the pointer names */
#define BEGIN 2     /* number: of the checkpoint */
#define SYNC 3      /* sink; number: the checkpoint that was begun last */
#define METADATA 4
#define POINTER 5
#define SURE 6
#define COMMIT 7    /* sink; number: the checkpoint in whose time the file was synced */
#define CRASH 8
#define END 9
c_decl {
  \#include "replay.h"
}
short at = -1, seen, number, sink;
inline observe() { at++; c_code { trace_event(now.at, &now.seen, &now.number, &now.sink); } }
bool sure = true;   /* the pointer stays where it is when the power fails */
byte former;        /* where it was */
byte begun;         /* the last checkpoint that was */
bool lost;          /* there was no pointer when the process started */
#else
#define SET byte
#define IS(what) true
#define NUMBER epoch
inline observe() { skip }
#endif

/* On disk. Sets of epochs: the files of a sink that are in progress, those of them that are synced, and the visible. */
SET there[SINKS], synced[SINKS], visible[SINKS];
byte pointer;              /* the newest checkpoint: the last epoch that it stands for */
SET promised[EPOCHS + 1];  /* what the metadata of a checkpoint lists */
bool whole[EPOCHS + 1];    /* that metadata is durable */

/* In memory. */
byte epoch;                /* that is being read */
byte under_way;            /* the checkpoint that is, or 0 */
byte passed, acked;        /* sets of tasks */
SET carried;               /* pre-committed, and in no checkpoint yet that was published */

byte crashes, aborts, found;
bool stale;                /* files in progress of an earlier start are there */

/* mirrors FileSinkCommitter::Finish: renames those that were not renamed before */
inline commit(which, list) {
  assert(((list) & ~(there[which] | visible[which])) == 0);
  visible[which] = visible[which] | (list);
  there[which] = there[which] & ~(list);
  synced[which] = synced[which] & ~(list)
}

/* mirrors RemoveInProgress */
inline discard(which) {
  there[which] = 0;
  synced[which] = 0;
#ifndef BUG_KEEP_PENDING
  stale = false
#endif
}

/* mirrors DirectoryStorage::Open, CompletedNumbers: where no pointer was ever durable, metadata that is counts */
inline find_pointer() {
  if
  :: pointer == 0 ->
    for (found : 1 .. EPOCHS) {
      if
      :: whole[found] -> pointer = found
      :: else
      fi
    }
  :: else
  fi;
  found = 0
}

/* mirrors Execution::RecoverSinks */
inline start() {
  find_pointer();
  assert(pointer == 0 || whole[pointer]);
#ifndef REPLAY
#ifndef BUG_NO_RECOMMIT
  commit(0, promised[pointer]);
  commit(1, promised[pointer]);
#endif
  discard(0);
  discard(1);
#endif
#ifdef BUG_OFFSET_BEHIND
  epoch = (pointer > 1 -> pointer : pointer + 1);
#else
  epoch = pointer + 1;
#endif
  under_way = 0;
  passed = 0;
  acked = 0;
  carried = 0
}

/* Files one after the other, and until none is owed: what both sinks do of a checkpoint's promise. */
#ifdef REPLAY
inline commit_seen() {
  do
  :: atomic { IS(COMMIT) && (promised[pointer] & BIT(number)) != 0 && ((there[sink] | visible[sink]) & BIT(number)) != 0 ->
      commit(sink, BIT(number));
      observe() }
  :: atomic { IS(CRASH) -> crash(); observe() }; goto dead
  :: !IS(COMMIT) && !IS(CRASH) && (promised[pointer] & (there[0] | there[1])) == 0 -> break
  od
}
#endif

inline crash() {
#ifdef REPLAY
  if
  :: !sure -> pointer = former
  :: true
  fi;
  sure = true;
  /* Metadata whose sync the power cut short may be there all the same. */
  if
  :: under_way != 0 && !whole[under_way] ->
      carried = carried | BIT(under_way);
      promised[under_way] = carried;
      whole[under_way] = true
  :: true
  fi;
  begun = 0;
#endif
  crashes++;
  stale = stale || (there[0] | there[1]) != 0;
  if
  :: there[0] = there[0] & synced[0]; there[1] = there[1] & synced[1]
  :: there[0] = there[0] & synced[0]
  :: true
  fi
}

inline may_crash() {
#ifdef REPLAY
  if
  :: atomic { IS(CRASH) -> crash(); observe() }; goto dead
  :: !IS(CRASH)
  fi
#else
  if
  :: crashes < CRASHES -> atomic { crash() }; goto dead
  :: true
  fi
#endif
}

/* mirrors Task::PassBarrier */
inline pass(task) {
  assert((visible[task] & BIT(under_way)) == 0);   /* the rows of an epoch are written once */
  passed = passed | (1 << task);
  there[task] = there[task] | BIT(under_way)
}

/* mirrors Coordinator::Impl::Acknowledge */
inline acknowledge(task) {
#ifndef BUG_NO_SYNC
  synced[task] = synced[task] | BIT(under_way);
#endif
  acked = acked | (1 << task)
}

#define PASSED(task) ((passed & (1 << task)) != 0)
#define ACKED(task) ((acked & (1 << task)) != 0)

active proctype job() {
  atomic { observe() };
dead:
#ifdef REPLAY
  atomic { IS(LIFE) && number == pointer -> lost = pointer == 0; start(); observe() };
  if
  :: atomic { lost && pointer != 0 && IS(POINTER) && number == pointer -> former = 0; sure = false; observe() };
    may_crash();
    atomic { IS(SURE) -> sure = true; observe() }
  :: !(lost && pointer != 0)
  :: atomic { IS(CRASH) -> pointer = (lost -> 0 : pointer); crash(); observe() }; goto dead
  fi;
  commit_seen();
  atomic { discard(0); discard(1) };
#else
  atomic { start() };
#endif
  do
  /* mirrors Coordinator::Impl::StartOne */
  :: atomic { under_way == 0 && epoch <= EPOCHS && IS(BEGIN) && NUMBER >= epoch ->
      under_way = NUMBER;
      passed = 0;
      acked = 0;
#ifdef REPLAY
      begun = number;
#endif
      observe() }
#ifdef REPLAY
  /* A task's file of a checkpoint, perhaps of one that was given up meanwhile; a task may have none. */
  :: atomic { IS(SYNC) && begun != 0 && number == begun ->
      there[sink] = there[sink] | BIT(begun);
      synced[sink] = synced[sink] | BIT(begun);
      observe() }
#else
  :: atomic { under_way != 0 && !PASSED(0) -> pass(0) }
  :: atomic { under_way != 0 && !PASSED(1) -> pass(1) }
  :: atomic { under_way != 0 && PASSED(0) && !ACKED(0) -> acknowledge(0) }
  :: atomic { under_way != 0 && PASSED(1) && !ACKED(1) -> acknowledge(1) }
#endif
#ifdef REPLAY
  :: under_way != 0 && IS(METADATA) && number == under_way ->
#else
  :: under_way != 0 && acked == 3 ->
#endif
    /* mirrors Coordinator::Impl::Publish */
    atomic { carried = carried | BIT(under_way); promised[under_way] = carried };
#ifdef BUG_EARLY_POINTER
    pointer = under_way;
    may_crash();
#endif
#ifdef BUG_EARLY_COMMIT
    atomic { commit(0, carried); commit(1, carried) };
    may_crash();
#endif
    atomic { whole[under_way] = true; observe() };   /* mirrors DirectoryStorage::WriteMetadata */
    may_crash();
    /* mirrors DirectoryStorage::WritePointer */
#ifdef REPLAY
    atomic { IS(POINTER) && number == under_way -> former = pointer; pointer = under_way; sure = false; observe() };
    may_crash();
    atomic { IS(SURE) -> sure = true; observe() };
    commit_seen();
#else
    pointer = under_way;
    may_crash();
    /* mirrors Commits::Commit */
    atomic { commit(0, promised[pointer]) };
    may_crash();
    atomic { commit(1, promised[pointer]) };
    may_crash();
#endif
    atomic { carried = 0; epoch = under_way + 1; under_way = 0 }
  /* mirrors Coordinator::Impl::AbortOne: tasks that have not passed the barrier pass it still, and tell */
#ifdef REPLAY
  :: atomic { under_way != 0 && IS(BEGIN) ->
#else
  :: atomic { under_way != 0 && passed == 3 && aborts < ABORTS && under_way < EPOCHS ->
#endif
      aborts++;
#ifndef BUG_LOST_ON_ABORT
      carried = carried | BIT(under_way);
#endif
      synced[0] = synced[0] | (there[0] & BIT(under_way));
      synced[1] = synced[1] | (there[1] & BIT(under_way));
      epoch = under_way + 1;
      under_way = 0 }
#ifdef REPLAY
  :: atomic { IS(CRASH) -> crash(); observe() }; goto dead
  :: IS(END) -> assert(!IS(END))   /* the trace was replayed */
  od
#else
  :: crashes < CRASHES -> atomic { crash() }; goto dead
  :: under_way == 0 && epoch > EPOCHS -> break
  od;
  assert(visible[0] == ALL && visible[1] == ALL);
  assert(there[0] == 0 && there[1] == 0 && !stale)
#endif
}

/* Whoever looks, at any time: what is visible has a durable checkpoint behind it. */
active proctype reader() {
end:
  do
  :: atomic { (visible[0] | visible[1]) >= (1 << pointer) -> assert(false) }
  od
}

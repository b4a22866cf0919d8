/* What becomes of a sink's output when readers take files away, and of rows that a savepoint holds.

   A job writes a file an epoch and commits it with the checkpoint of the epoch. Readers take visible files away whenever
   they like. A savepoint may be taken at any time: what is written and not committed then is copied into it. A second job
   starts from it, into a place of its own: it adopts the rows that are held as files in progress, which its first
   checkpoint promises; before that it starts from the savepoint again, after that from its own. A file that is promised
   and in neither place was committed, and taken: nothing else removes it.

   What must hold: no epoch is ever visible twice in a place, and in the end the first job's place has had all its epochs,
   the second one's all from those that the savepoint holds. */

#ifndef EPOCHS
#define EPOCHS 5
#endif
#ifndef CRASHES
#define CRASHES 3
#endif
#define BIT(n) (1 << ((n) - 1))
#define FIRST 0
#define SECOND 1

/* On disk, of each job's place: files in progress, visible ones, and those that readers have. */
byte there[2], visible[2], taken[2];
byte pointer[2];           /* the last epoch that the newest checkpoint stands for */
byte promised[2];          /* by that */
bool checkpointed;         /* the second job has a checkpoint of its own */
bool saved;                /* the savepoint is whole */
byte saved_epoch, held;    /* the last epoch before it; epochs whose rows are in it */
bool promised_held;        /* the second job's promise is of rows that it adopted */

/* In memory. */
byte epoch[2];             /* being read */
bool running[2];
byte crashes;

/* mirrors FileSinkCommitter::Finish, FindOutput: what is in neither place was taken */
inline commit(job) {
#ifdef BUG_MISSING_FAILS
  assert((promised[job] & ~(there[job] | visible[job])) == 0);
#endif
  assert((promised[job] & ~(there[job] | visible[job] | taken[job])) == 0);
#ifdef BUG_RENAMED_AGAIN
  visible[job] = visible[job] | promised[job];
#else
  visible[job] = visible[job] | (promised[job] & there[job]);
#endif
  there[job] = there[job] & ~promised[job];
  assert((visible[job] & taken[job]) == 0)
}

/* mirrors Execution::RecoverSinks, RemoveInProgress */
inline start_first() {
  commit(FIRST);
  there[FIRST] = 0;
  epoch[FIRST] = pointer[FIRST] + 1;
  running[FIRST] = true
}

/* mirrors FileSinkCommitter::GoOnFrom, AdoptRows: held rows become files in progress once more */
inline start_second() {
  if
  :: checkpointed -> commit(SECOND); there[SECOND] = 0; epoch[SECOND] = pointer[SECOND] + 1
#ifdef BUG_HELD_ADOPTED_AGAIN
  :: checkpointed && promised_held -> there[SECOND] = there[SECOND] | held; epoch[SECOND] = pointer[SECOND] + 1
#endif
  :: !checkpointed -> there[SECOND] = held; epoch[SECOND] = saved_epoch + 1
  fi;
#ifdef BUG_HELD_LOST
  there[SECOND] = (checkpointed -> there[SECOND] : 0);
#endif
  running[SECOND] = true
}

/* mirrors Coordinator::Impl::Publish, Commits::Commit: what is in progress is promised */
inline checkpoint(job) {
  there[job] = there[job] | BIT(epoch[job]);
  promised[job] = there[job];
  pointer[job] = epoch[job]
}

active proctype world() {
  atomic { start_first() };
  do
  :: atomic { running[FIRST] && epoch[FIRST] <= EPOCHS && (promised[FIRST] & there[FIRST]) == 0 -> checkpoint(FIRST) }
  :: atomic { running[FIRST] && (promised[FIRST] & there[FIRST]) != 0 -> commit(FIRST); epoch[FIRST] = pointer[FIRST] + 1 }

  /* mirrors Coordinator::Impl::HandOut, WriteOutput: the barrier of the savepoint has passed, its rows are in no checkpoint */
  :: atomic { running[FIRST] && !saved && epoch[FIRST] < EPOCHS && (promised[FIRST] & there[FIRST]) == 0 ->
      saved = true;
      held = BIT(epoch[FIRST]);
      saved_epoch = epoch[FIRST];
#ifdef BUG_SAVEPOINT_COMMITS
      visible[FIRST] = visible[FIRST] | BIT(epoch[FIRST]);
#else
      there[FIRST] = there[FIRST] | BIT(epoch[FIRST]);
#endif
      epoch[FIRST]++ }

  :: atomic { saved && !running[SECOND] -> start_second() }
  :: atomic { running[SECOND] && epoch[SECOND] <= EPOCHS && (promised[SECOND] & there[SECOND]) == 0 ->
      checkpoint(SECOND);
      promised_held = !checkpointed;
      checkpointed = true }
  :: atomic { running[SECOND] && checkpointed && (promised[SECOND] & there[SECOND]) != 0 ->
      commit(SECOND);
      epoch[SECOND] = pointer[SECOND] + 1 }

  /* Readers. */
  :: atomic { visible[FIRST] != 0 -> taken[FIRST] = taken[FIRST] | visible[FIRST]; visible[FIRST] = 0 }
  :: atomic { visible[SECOND] != 0 -> taken[SECOND] = taken[SECOND] | visible[SECOND]; visible[SECOND] = 0 }

  :: atomic { crashes < CRASHES -> crashes++; start_first(); if :: saved -> start_second() :: else fi }
  :: atomic { epoch[FIRST] > EPOCHS && (promised[FIRST] & there[FIRST]) == 0 && saved && running[SECOND] &&
              epoch[SECOND] > EPOCHS && (promised[SECOND] & there[SECOND]) == 0 ->
      assert((visible[FIRST] | taken[FIRST]) == (1 << EPOCHS) - 1);
      assert((visible[SECOND] | taken[SECOND]) == ((1 << EPOCHS) - 1) - ((1 << (saved_epoch - 1)) - 1)) }; break
  :: atomic { epoch[FIRST] > EPOCHS && (promised[FIRST] & there[FIRST]) == 0 && !saved -> break }
  od
}

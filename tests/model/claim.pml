/* Jobs that are restored from one savepoint, who may remove it, and crashes.

   Two jobs may be restored from it, each with CLAIM or NO_CLAIM. A job reads it until it has a checkpoint of its own; one
   that claims it removes it once it has as many of its own as are retained. A user may drop it; a restore is a record that
   becomes durable, then the job that it goes on from is superseded. A crash may come between any two steps; a job whose
   record is there goes on.

   What must hold: whoever needs the savepoint finds it whole; what looks whole is whole; of the old job and those that go on
   as it one at most is not finished, once the restore has ended. */

#ifndef CRASHES
#define CRASHES 5
#endif
#define RETAINED 3
#define MOST 5

#define NEVER 0
#define UNFINISHED 1
#define CANCELED 2

/* On disk. */
bool metadata = true, files = true;   /* of the savepoint */
byte old = UNFINISHED;                /* the job that took it */
byte record[2];                       /* of the jobs that are restored */
bool claims[2];
byte own[2];                          /* their completed checkpoints */

/* In memory. */
bool running[2];
byte superseding = 2;                 /* who is about to end the old job */
byte removing;                        /* 1: the metadata is gone */
byte crashes;

#define NEEDS(j) (record[j] == UNFINISHED && own[j] == 0)
/* mirrors Savepoints::DependentOn */
#define DEPENDS(j) (record[j] == UNFINISHED && (claims[j] || own[j] == 0))

inline check() {
  assert(!metadata || files);
  assert(!(NEEDS(0) || NEEDS(1)) || metadata)
}

/* mirrors Savepoints::CheckOwnership, JobRunner::Record */
inline restore(j, other) {
  if
#ifdef BUG_CLAIM_SHARED
  :: claims[j] = true
#else
  :: !DEPENDS(other) -> claims[j] = true
#endif
  :: !(DEPENDS(other) && claims[other]) -> claims[j] = false
  fi;
  record[j] = UNFINISHED;
  running[j] = true;
  superseding = j;
#ifdef BUG_REMOVE_AT_ONCE
  metadata = !claims[j] && metadata;
#endif
  check()
}

/* mirrors JobRunner::Begin: it goes on from its own, or from the savepoint */
inline go_on(j) {
  assert(own[j] > 0 || (metadata && files));
  running[j] = true
}

active proctype world() {
end:
  do
  :: atomic { metadata && record[0] == NEVER && superseding == 2 && !(DEPENDS(1) && claims[1]) -> restore(0, 1) }
  :: atomic { metadata && record[1] == NEVER && superseding == 2 && !(DEPENDS(0) && claims[0]) -> restore(1, 0) }

  /* mirrors JobRunner::Supersede */
  :: atomic { superseding < 2 -> old = CANCELED; superseding = 2 }

  /* mirrors Coordinator::Impl::Complete */
  :: atomic { running[0] && own[0] < MOST -> own[0]++ }
  :: atomic { running[1] && own[1] < MOST -> own[1]++ }

  /* mirrors OwningStorage::Retain, RemoveSavepoint: the metadata first */
#ifdef BUG_REMOVE_EARLY
  :: atomic { running[0] && claims[0] && files && removing == 0 -> metadata = false; removing = 1; check() }
#else
  :: atomic { running[0] && claims[0] && own[0] >= RETAINED && files && removing == 0 -> metadata = false; removing = 1; check() }
#endif
  :: atomic { running[1] && claims[1] && own[1] >= RETAINED && files && removing == 0 -> metadata = false; removing = 1; check() }
#ifdef BUG_FILES_FIRST
  :: atomic { running[0] && claims[0] && own[0] >= RETAINED && files -> files = false; check() }
#endif
  :: atomic { removing == 1 -> files = false; removing = 2; check() }

  /* mirrors Savepoints::Drop */
#ifdef BUG_DROP_IN_USE
  :: atomic { metadata && removing == 0 -> metadata = false; removing = 1; check() }
#else
  :: atomic { metadata && removing == 0 && !DEPENDS(0) && !DEPENDS(1) -> metadata = false; removing = 1; check() }
#endif

  /* A crash: what was being removed stays as it is until somebody removes it again. */
  :: atomic { crashes < CRASHES ->
      crashes++;
      superseding = 2;
      running[0] = false;
      running[1] = false;
      if
      :: removing == 1 -> removing = 0
      :: else
      fi }
  :: atomic { record[0] == UNFINISHED && !running[0] -> go_on(0) }
  :: atomic { record[1] == UNFINISHED && !running[1] -> go_on(1) }
  :: atomic { running[0] && own[0] == MOST -> record[0] = CANCELED; running[0] = false }
  :: atomic { running[1] && own[1] == MOST -> record[1] = CANCELED; running[1] = false }
  :: atomic { record[0] == CANCELED && record[1] == CANCELED -> break }
  od
}

// What clang's thread-safety analysis is told (`./weirw check` runs it, its warnings are errors):
// which lock guards a member, which one a function is called with. Nothing to other compilers.
//
// Hutchins, Ballman, Sutherland, "C/C++ Thread Safety Analysis", SCAM 2014.
#pragma once

#if defined(__clang__)
#define WEIR_THREAD_SAFETY(x) __attribute__((x))
#else
#define WEIR_THREAD_SAFETY(x)
#endif

// Of a class: what is held. `kind` is its name in messages.
#define WEIR_CAPABILITY(kind) WEIR_THREAD_SAFETY(capability(kind))
// Of a class whose objects hold something as long as they live.
#define WEIR_SCOPED_CAPABILITY WEIR_THREAD_SAFETY(scoped_lockable)

// Of a member: read and written with the lock held; of a pointer, what it points to.
#define WEIR_GUARDED_BY(lock) WEIR_THREAD_SAFETY(guarded_by(lock))
#define WEIR_POINTER_GUARDED_BY(lock) WEIR_THREAD_SAFETY(pt_guarded_by(lock))

// Of a function, or of a lambda behind its parameters: called with the lock held.
#define WEIR_REQUIRES(...) WEIR_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define WEIR_ACQUIRE(...) WEIR_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define WEIR_RELEASE(...) WEIR_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define WEIR_TRY_ACQUIRE(...) WEIR_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
// Says that it is held where the analysis cannot see it.
#define WEIR_ASSERT_HELD(...) WEIR_THREAD_SAFETY(assert_capability(__VA_ARGS__))

// Of a function that the analysis does not understand, with the reason beside it.
#define WEIR_NO_THREAD_SAFETY_ANALYSIS WEIR_THREAD_SAFETY(no_thread_safety_analysis)

// Macros for clang's thread-safety analysis: which lock guards a member, which one a function must
// be called with. `./weirw check` runs it with warnings as errors; other compilers see nothing.
// Hutchins, Ballman, Sutherland, "C/C++ Thread Safety Analysis", SCAM 2014.
#pragma once

#if defined(__clang__)
#define WEIR_THREAD_SAFETY(x) __attribute__((x))
#else
#define WEIR_THREAD_SAFETY(x)
#endif

// For a class that can be held, such as a lock. `kind` is its name in clang's messages.
#define WEIR_CAPABILITY(kind) WEIR_THREAD_SAFETY(capability(kind))
// For a class whose objects hold a capability from their construction to their destruction.
#define WEIR_SCOPED_CAPABILITY WEIR_THREAD_SAFETY(scoped_lockable)

// For a member that may be touched only with the lock held; the second form is for what a pointer
// points to.
#define WEIR_GUARDED_BY(lock) WEIR_THREAD_SAFETY(guarded_by(lock))
#define WEIR_POINTER_GUARDED_BY(lock) WEIR_THREAD_SAFETY(pt_guarded_by(lock))

// For a function, or a lambda (behind its parameters), that is called with the lock held, takes it,
// or releases it.
#define WEIR_REQUIRES(...) WEIR_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define WEIR_ACQUIRE(...) WEIR_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define WEIR_RELEASE(...) WEIR_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define WEIR_TRY_ACQUIRE(...) WEIR_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
// Tells the analysis that a capability is held where it cannot see that by itself.
#define WEIR_ASSERT_HELD(...) WEIR_THREAD_SAFETY(assert_capability(__VA_ARGS__))

// Exempts a function that the analysis does not understand; the reason stands beside it.
#define WEIR_NO_THREAD_SAFETY_ANALYSIS WEIR_THREAD_SAFETY(no_thread_safety_analysis)

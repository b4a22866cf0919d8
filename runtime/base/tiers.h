// Code that is written once for each vector width of processors. A build for the machine it is made
// on uses the widest version everywhere. A portable build contains its hot loops once for each
// width and runs the widest that the processor has, chosen once a batch or block of text: OnWidest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>

// Functions between these two macros may use an instruction set that the build does not ask for.
// They may be called by each other, by what a target runs (below), and by code that has asked the
// processor. Each stands alone on its line, since GCC 14 loses what follows in the same macro.
#define WEIR_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define WEIR_BEGIN_TARGET(isa) \
  WEIR_PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define WEIR_END_TARGET _Pragma("clang attribute pop")
#else
#define WEIR_BEGIN_TARGET(isa) _Pragma("GCC push_options") WEIR_PRAGMA(GCC target(isa))
#define WEIR_END_TARGET _Pragma("GCC pop_options")
#endif

// What the widths below ask of a processor. FMA is left out of them: it rounds once where the rest
// of the build may round twice.
#define WEIR_SSE4 "ssse3,sse4.1,sse4.2,popcnt"
#define WEIR_AVX2 WEIR_SSE4 ",avx2,bmi,bmi2,pclmul"
#define WEIR_AVX512 WEIR_AVX2 ",avx512f,avx512bw,avx512dq,avx512vl"
#define WEIR_VBMI2 WEIR_AVX512 ",avx512vbmi2"
#define WEIR_ARM_CRC "+crc"

namespace weir {

// Ascending: a processor that has one also has those of its kind before it. kPlain is what every
// x86-64 (SSE2) and every ARMv8 (NEON) has.
enum class Width : uint8_t { kPlain, kSse4, kAvx2, kAvx512, kVbmi2, kArmCrc };

// The width of the instruction set that the build is for.
#if defined(__AVX512VBMI2__) && defined(__AVX512BW__) && defined(__AVX512VL__)
inline constexpr Width kBuildWidth = Width::kVbmi2;
#elif defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__BMI2__)
inline constexpr Width kBuildWidth = Width::kAvx512;
#elif defined(__AVX2__) && defined(__BMI2__) && defined(__PCLMUL__)
inline constexpr Width kBuildWidth = Width::kAvx2;
#elif defined(__SSE4_2__) && defined(__POPCNT__)
inline constexpr Width kBuildWidth = Width::kSse4;
#elif defined(__ARM_FEATURE_CRC32)
inline constexpr Width kBuildWidth = Width::kArmCrc;
#else
inline constexpr Width kBuildWidth = Width::kPlain;
#endif

// The widest that the processor has, and at least the build's. It is asked at the first call. The
// environment variable WEIR_WIDTH (plain, sse4, avx2, avx512) limits it, which tests use.
Width WidestHere();

// The versions of one thing, from the narrowest to the widest; the kWidth of each says what it
// needs. All give the same answers, and tests compare those that the machine has with each other.
template <typename... T>
struct Tiers {
 private:
  static_assert([] {
    const Width widths[] = {T::kWidth...};
    return std::is_sorted(std::begin(widths), std::end(widths));
  }());
  template <Width width, typename Best, typename... Wider>
  struct Pick {
    using Type = Best;
  };
  template <Width width, typename Best, typename Next, typename... Wider>
  struct Pick<width, Best, Next, Wider...>
      : Pick<width, std::conditional_t<(Next::kWidth <= width), Next, Best>, Wider...> {};

 public:
  // The widest version that code compiled for `width` may use.
  template <Width width>
  using For = typename Pick<width, T...>::Type;
  // The widest version that all code of the build may use.
  using Widest = For<kBuildWidth>;
  // The same types as the type list of another library, such as testing::Types.
  template <template <typename...> typename List>
  using As = List<T...>;
};

// A target runs a function in the instruction set of the build or, below, of a wider one. The
// function gets the target, whose kWidth chooses among Tiers, and is compiled anew for it together
// with everything it calls, so it should be a loop and little else.
struct BuildTarget {
  static constexpr Width kWidth = kBuildWidth;
  template <typename F>
  static void Run(F&& f) {
    std::forward<F>(f)(BuildTarget());
  }
};

#define WEIR_TARGET(Name, width)              \
  struct Name {                               \
    static constexpr Width kWidth = width;    \
    template <typename F>                     \
    [[gnu::flatten]] static void Run(F&& f) { \
      std::forward<F>(f)(Name());             \
    }                                         \
  }
#if defined(__x86_64__)
WEIR_BEGIN_TARGET(WEIR_SSE4)
WEIR_TARGET(Sse4Target, Width::kSse4);
WEIR_END_TARGET
WEIR_BEGIN_TARGET(WEIR_AVX2)
WEIR_TARGET(Avx2Target, Width::kAvx2);
WEIR_END_TARGET
WEIR_BEGIN_TARGET(WEIR_AVX512)
WEIR_TARGET(Avx512Target, Width::kAvx512);
WEIR_END_TARGET
WEIR_BEGIN_TARGET(WEIR_VBMI2)
WEIR_TARGET(Vbmi2Target, Width::kVbmi2);
WEIR_END_TARGET
#elif defined(__aarch64__)
WEIR_BEGIN_TARGET(WEIR_ARM_CRC)
WEIR_TARGET(ArmCrcTarget, Width::kArmCrc);
WEIR_END_TARGET
#endif
#undef WEIR_TARGET

// Runs f on Target if that is wider than the build and not wider than `width`. Returns whether it
// did.
template <typename Target, typename F>
bool RunWider(Width width, F&& f) {
  if constexpr (Target::kWidth > kBuildWidth) {
    if (width >= Target::kWidth) {
      Target::Run(f);
      return true;
    }
  }
  return false;
}

// Runs f(target) in the widest instruction set up to `width`, which the processor must have.
template <typename F>
void OnWidth(Width width, F&& f) {
#if defined(__x86_64__)
  if (RunWider<Vbmi2Target>(width, f) || RunWider<Avx512Target>(width, f) ||
      RunWider<Avx2Target>(width, f) || RunWider<Sse4Target>(width, f)) {
    return;
  }
#elif defined(__aarch64__)
  if (RunWider<ArmCrcTarget>(width, f)) return;
#endif
  BuildTarget::Run(f);
}

// Runs f(target) in the widest instruction set that the processor has. It costs a branch or two, so
// f should handle a batch of rows or a block of text.
template <typename F>
void OnWidest(F&& f) {
  OnWidth(WidestHere(), f);
}

}  // namespace weir

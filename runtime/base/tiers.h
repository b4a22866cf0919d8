// Code that is written once for each vector width of processors: the list of versions that a build
// contains, from the narrowest to the widest.
#pragma once

#include <type_traits>

namespace weir {

// The engine uses the last one; tests compare all of them with each other.
template <typename... T>
struct Tiers {
  using Widest = typename decltype((std::type_identity<T>(), ...))::type;
  // The same types as the type list of another library, such as testing::Types.
  template <template <typename...> typename List>
  using As = List<T...>;
};

}  // namespace weir

// What is written once for each width that processors have: the versions that a build has, from the
// narrowest to the widest.
#pragma once

#include <type_traits>

namespace weir {

// The last one is what the engine uses; tests compare all of them.
template <typename... T>
struct Tiers {
  using Widest = typename decltype((std::type_identity<T>(), ...))::type;
  // As the list of another library.
  template <template <typename...> typename List>
  using As = List<T...>;
};

}  // namespace weir

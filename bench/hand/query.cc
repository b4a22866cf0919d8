#include "bench/hand/query.h"

#include <string_view>

namespace weir::bench {

const HandFacts* FindHandQuery(std::string_view name) {
  for (const auto family : {StatelessQueries(), FileQueries(), WindowQueries(), SessionQueries(),
                            AggregateQueries(), JoinQueries(), WinnerQueries(), RankQueries()}) {
    for (const HandFacts& facts : family) {
      if (name == facts.name) return &facts;
    }
  }
  return nullptr;
}

}  // namespace weir::bench

// Pieces of an arena keep their bytes until they are freed, and take little more than these.
#include "state/row/byte_arena.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::state {
namespace {

TEST(ByteArenaTest, APieceTakesTheNextMultipleOfEight) {
  for (size_t size = 1; size <= 256; ++size) {
    ByteArena arena;
    arena.Store(std::string(size, 'x'));
    EXPECT_EQ(arena.live_bytes(), (size + 7) / 8 * 8);
  }
}

TEST(ByteArenaTest, ALargePieceTakesAQuarterMoreAtMost) {
  for (size_t size = 257; size <= 40'000; size += 61) {
    ByteArena arena;
    arena.Store(std::string(size, 'x'));
    EXPECT_GE(arena.live_bytes(), size);
    EXPECT_LE(arena.live_bytes(), size + size / 4 + 1);
  }
}

TEST(ByteArenaTest, PiecesKeepTheirBytesWhileOthersComeAndGo) {
  Random random(SeedOf(3));
  ByteArena arena;
  struct Piece {
    char* at;
    std::string bytes;
  };
  std::vector<Piece> pieces;
  for (int step = 0; step < 20'000; ++step) {
    if (pieces.size() > 200 || (!pieces.empty() && random.Below(3) == 0)) {
      Piece& piece = pieces[random.Below(pieces.size())];
      ASSERT_EQ(std::string(piece.at, piece.bytes.size()), piece.bytes) << step;
      arena.Free(piece.at, piece.bytes.size());
      std::swap(piece, pieces.back());
      pieces.pop_back();
      continue;
    }
    const size_t most = random.Below(20) == 0 ? 50'000 : 300;
    std::string bytes(1 + random.Below(most), static_cast<char>('a' + step % 26));
    char* const at = arena.Store(bytes);
    pieces.push_back({at, std::move(bytes)});
  }
  for (const Piece& piece : pieces) {
    EXPECT_EQ(std::string(piece.at, piece.bytes.size()), piece.bytes);
    arena.Free(piece.at, piece.bytes.size());
  }
  EXPECT_EQ(arena.live_bytes(), 0U);
}

}  // namespace
}  // namespace weir::state

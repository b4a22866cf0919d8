// The pages of docs/ that are made from tables. WEIR_WRITE_PAGES=1 makes them again.
#include <gmock/gmock.h>

#include <cstdlib>

#include "runtime/file_system.h"
#include "shell/http/metrics.h"
#include "shell/http/routes.h"

namespace weir::shell {
namespace {

using testing::EndsWith;

// The table is the last part of its page.
void ExpectPage(const std::string& path, const std::string& table) {
  FileSystem& files = FileSystem::Local();
  std::string page = ReadFile(files, path).value();
  if (std::getenv("WEIR_WRITE_PAGES") != nullptr) {
    page = page.substr(0, page.find(table.substr(0, table.find('\n')))) + table;
    ASSERT_TRUE(WriteFileAtomically(files, path, page, Contents::kOutput).ok());
  }
  EXPECT_THAT(page, EndsWith(table)) << path << " is old: run this test with WEIR_WRITE_PAGES=1";
}

TEST(PagesTest, Metrics) {
  ExpectPage("docs/metrics.md", MetricsPage());
}

TEST(PagesTest, Rest) {
  ExpectPage("docs/rest.md", RoutesPage());
}

}  // namespace
}  // namespace weir::shell

#include "runtime/connectors/formats/json_index.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <string>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

static_assert(kBlockPadding >= simdjson::SIMDJSON_PADDING);

struct JsonIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
  uint32_t nothing[2] = {~uint32_t{0}, ~uint32_t{0}};  // the positions of blank text
  bool blank = true;
};

JsonIndex::JsonIndex() : parser_(std::make_unique<Parser>()) {}
JsonIndex::~JsonIndex() = default;

const uint32_t* JsonIndex::positions() const {
  return parser_->blank ? parser_->nothing : parser_->stages->structural_indexes.get();
}

Status JsonIndex::Build(std::string_view text) {
  constexpr size_t kLeast = 64 << 10;
  constexpr size_t kDepth = 8;  // of simdjson's second stage, which is not used
  simdjson::error_code error = simdjson::SUCCESS;
  if (!parser_->stages) {
    error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::max(kLeast, text.size()), kDepth, parser_->stages);
  } else if (parser_->stages->capacity() < text.size()) {
    error = parser_->stages->set_capacity(text.size() + text.size() / 2);
  }
  if (error == simdjson::SUCCESS) {
    error = parser_->stages->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    simdjson::stage1_mode::regular);
  }
  parser_->blank = error == simdjson::EMPTY;
  if (error == simdjson::SUCCESS || error == simdjson::EMPTY) {
    if (!parser_->blank) {
      uint32_t* behind =
          parser_->stages->structural_indexes.get() + parser_->stages->n_structural_indexes;
      behind[0] = behind[1] = static_cast<uint32_t>(text.size());
    }
    return {};
  }
  return Status::DataError(std::string("it is not valid JSON: ") + simdjson::error_message(error))
      .WithId("E3005");
}

}  // namespace weir::connectors

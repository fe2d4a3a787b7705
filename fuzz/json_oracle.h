#pragma once

#include <string_view>

#include "fuzz/expected_event.h"

namespace adtally::fuzz {

// What RapidJSON and the rules of src/event/json_codec.h make of one JSON text.
struct JsonVerdict {
  enum class Kind { kNotJson, kNotObject, kWrong, kGood };
  Kind kind = Kind::kNotJson;
  FieldSet wrong;       // kWrong: every field that is wrong or missing
  ExpectedEvent event;  // kGood
  // Not valid JSON, but only within unknown fields, of which json_codec.h says that they are not
  // checked: the rest was judged. A decoder may refuse the text too.
  bool lenient = false;
};

// `text` has no white space around it.
JsonVerdict JudgeJson(std::string_view text);

}  // namespace adtally::fuzz

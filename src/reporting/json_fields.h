#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace simdjson::dom {
class element;
class parser;
}  // namespace simdjson::dom

namespace adtally {

// Reads the fields of one JSON object from outside. The first thing that is wrong is kept as an
// error that names the place, like `campaigns[2].name: expected …`; reads after it give empty
// values. The parser that the element came from must outlive it.
class JsonFields {
 public:
  // `path` comes before each field's name in messages: "campaigns[2]." or "".
  // A field that is not in `known`, or is there twice, is an error.
  JsonFields(const simdjson::dom::element& element, std::string path,
             std::initializer_list<std::string_view> known);
  ~JsonFields();

  uint32_t Id(std::string_view name);                         // required
  std::optional<uint32_t> OptionalId(std::string_view name);  // null counts as absent
  std::string Text(std::string_view name, size_t max_bytes);  // required, not empty
  std::string OptionalText(std::string_view name, size_t max_bytes);

  void Fail(std::string_view name, std::string_view problem);
  const std::optional<Error>& error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Parses a document; the parser owns what is returned.
Result<simdjson::dom::element> ParseJson(simdjson::dom::parser& parser, std::string_view text);

}  // namespace adtally

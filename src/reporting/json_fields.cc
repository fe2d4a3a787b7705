#include "reporting/json_fields.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "reporting/parameters.h"

namespace adtally {

struct JsonFields::Impl {
  std::string path;
  std::optional<simdjson::dom::object> object;
  std::optional<Error> error;

  // nullopt when the field is absent or null, or something was wrong before.
  std::optional<simdjson::dom::element> Find(std::string_view name) const {
    simdjson::dom::element value;
    if (error || object->at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) {
      return std::nullopt;
    }
    return value;
  }
};

JsonFields::JsonFields(const simdjson::dom::element& element, std::string path,
                       std::initializer_list<std::string_view> known)
    : impl_(new Impl{std::move(path), {}, {}}) {
  simdjson::dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) {
    const std::string& prefix = impl_->path;
    const std::string place = prefix.empty() ? "body" : prefix.substr(0, prefix.size() - 1);
    impl_->error = Error{ErrorCode::kInvalidArgument, place + ": expected a JSON object"};
    return;
  }
  impl_->object = object;
  for (auto field = object.begin(); field != object.end(); ++field) {
    const std::string_view name = field.key();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      Fail(name.substr(0, 60),
           "unknown field; expected " + Choices(known, [](std::string_view k) { return k; }));
      return;
    }
    for (auto other = object.begin(); !(other == field); ++other) {
      if (other.key() == name) Fail(name, "given twice");
    }
  }
}

JsonFields::~JsonFields() = default;

void JsonFields::Fail(std::string_view name, std::string_view problem) {
  if (impl_->error) return;
  impl_->error = Error{ErrorCode::kInvalidArgument,
                       impl_->path + std::string(name) + ": " + std::string(problem)};
}

const std::optional<Error>& JsonFields::error() const {
  return impl_->error;
}

std::optional<uint32_t> JsonFields::OptionalId(std::string_view name) {
  const auto value = impl_->Find(name);
  if (!value) return std::nullopt;
  uint64_t number = 0;
  if (value->get_uint64().get(number) != simdjson::SUCCESS || number == 0 ||
      number > std::numeric_limits<uint32_t>::max()) {
    Fail(name, "expected an id from 1 to 4294967295");
    return std::nullopt;
  }
  return static_cast<uint32_t>(number);
}

uint32_t JsonFields::Id(std::string_view name) {
  const auto id = OptionalId(name);
  if (!id) Fail(name, "required: an id from 1 to 4294967295");
  return id.value_or(0);
}

std::string JsonFields::OptionalText(std::string_view name, size_t max_bytes) {
  const auto value = impl_->Find(name);
  if (!value) return {};
  std::string_view text;
  if (value->get_string().get(text) != simdjson::SUCCESS) {
    Fail(name, "expected a string");
    return {};
  }
  if (text.size() > max_bytes) {
    Fail(name, "expected at most " + std::to_string(max_bytes) + " bytes, got " +
                   std::to_string(text.size()));
    return {};
  }
  return std::string(text);
}

std::string JsonFields::Text(std::string_view name, size_t max_bytes) {
  std::string text = OptionalText(name, max_bytes);
  if (text.empty())
    Fail(name, "required: a string of 1 to " + std::to_string(max_bytes) + " bytes");
  return text;
}

Result<simdjson::dom::element> ParseJson(simdjson::dom::parser& parser, std::string_view text) {
  simdjson::dom::element document;
  const auto error = parser.parse(text.data(), text.size()).get(document);
  if (error == simdjson::SUCCESS) return document;
  return Error{ErrorCode::kInvalidArgument,
               std::string("body: not one JSON document: ") + simdjson::error_message(error)};
}

}  // namespace adtally

#include "store/sql_param.h"

namespace adtally {
namespace {

void AppendEscaped(std::string_view text, bool quoted, std::string& out) {
  for (char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\0':
        out += "\\0";
        break;
      case '\'':
        if (quoted) out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
}

// The type in `{name:Type}`, empty when the statement does not use the parameter.
std::string_view TypeOf(std::string_view sql, std::string_view name) {
  for (size_t open = sql.find('{'); open != std::string_view::npos;
       open = sql.find('{', open + 1)) {
    std::string_view rest = sql.substr(open + 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return rest.substr(0, rest.find('}'));
  }
  return {};
}

}  // namespace

std::string StringArray(std::span<const std::string> elements) {
  std::string out = "[";
  for (const std::string& element : elements) {
    if (out.size() > 1) out += ',';
    out += '\'';
    AppendEscaped(element, true, out);
    out += '\'';
  }
  return out + ']';
}

std::string NumberArray(std::span<const uint32_t> elements) {
  std::string out = "[";
  for (uint32_t element : elements) {
    if (out.size() > 1) out += ',';
    out += std::to_string(element);
  }
  return out + ']';
}

std::string QuotedText(std::string_view text) {
  std::string out = "'";
  AppendEscaped(text, true, out);
  return out + '\'';
}

std::string QuotedIdentifier(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`' || c == '\\') out += '\\';
    out += c;
  }
  return out + '`';
}

std::string EncodeParam(std::string_view sql, const SqlParam& param) {
  const std::string_view type = TypeOf(sql, param.name);
  if (type.starts_with("Array") || type.starts_with("Tuple") || type.starts_with("Map")) {
    return param.value;
  }
  std::string out;
  out.reserve(param.value.size());
  AppendEscaped(param.value, false, out);
  return out;
}

}  // namespace adtally

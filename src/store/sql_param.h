#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "store/store.h"

namespace adtally {

// The text of an Array(String) parameter: ['a','b'], its elements quoted.
std::string StringArray(std::span<const std::string> elements);

// The text of an array of numbers: [1,2].
std::string NumberArray(std::span<const uint32_t> elements);

// The text as a literal ('text') or as a name (`name`) in a statement.
std::string QuotedText(std::string_view text);
std::string QuotedIdentifier(std::string_view name);

// The parameter as ClickHouse wants it on the wire. A scalar is read as a field of a TSV file, so
// its backslashes, tabs and line ends are escaped; an Array, Tuple or Map is read as a literal and
// passes as it is. `sql` says which it is, by its `{name:Type}`.
std::string EncodeParam(std::string_view sql, const SqlParam& param);

}  // namespace adtally

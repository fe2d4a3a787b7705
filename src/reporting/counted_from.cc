#include "reporting/counted_from.h"

#include <string>
#include <string_view>

#include "store/row_binary_reader.h"

namespace adtally {
namespace {

constexpr std::string_view kCountedFrom =
    "SELECT toUInt32(if(added > created + 600, intDiv(added, 3600) * 3600 + 7200, 0)) FROM (SELECT "
    "toUInt32(minIf(applied_at, number = {migration:UInt32})) AS added, toUInt32(minIf(applied_at, "
    "number = 1)) AS created FROM adtally.schema_migrations)";

}  // namespace

Result<int64_t> CountedFrom(Store& store, ConstantAnswers& known, uint32_t migration) {
  ADTALLY_ASSIGN(
      const std::string answer,
      known.Run(store, {std::string(kCountedFrom), {{"migration", std::to_string(migration)}}}));
  RowBinaryReader reader(answer);
  const int64_t counted_from_s = reader.UInt32();
  if (reader.ok()) return counted_from_s;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.schema_migrations cannot be read"};
}

}  // namespace adtally

#include "app/memory_budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace adtally {
namespace {

constexpr double kShareOfIds = 0.25;
// Fewer are of no use to anyone: an error is better than a process that stops counting at once.
constexpr double kFewestIds = 1e6;

std::string Gigabytes(double bytes) {
  return fmt::format("{:.1f} GB", bytes / 1e9);
}

}  // namespace

Result<uint64_t> ChooseMaxIds(const MemoryNeeds& needs, uint64_t memory_bytes) {
  const auto memory = static_cast<double>(memory_bytes);
  const auto checkpoints = static_cast<double>(needs.checkpoint_bytes);
  const auto log = static_cast<double>(needs.log_bytes);
  const double store = static_cast<double>(needs.store_mb) * (1 << 20);
  const double left = memory - checkpoints - log - store;
  const double ids_left = std::max(0.0, left / kBytesPerId);

  if (needs.max_ids == 0 && ids_left >= kFewestIds) {
    return static_cast<uint64_t>(std::min(
        {ids_left, kShareOfIds * memory / kBytesPerId, static_cast<double>(needs.most_ids)}));
  }
  if (needs.max_ids != 0 && static_cast<double>(needs.max_ids) <= ids_left) {
    return static_cast<uint64_t>(needs.max_ids);
  }

  const auto wanted = needs.max_ids != 0
                          ? fmt::format("aggregator.max_ids = {}", needs.max_ids)
                          : fmt::format("the least of aggregator.max_ids, {:.0f},", kFewestIds);
  const double ids = needs.max_ids != 0 ? static_cast<double>(needs.max_ids) : kFewestIds;
  const std::string for_log =
      needs.log_bytes == 0 ? "" : fmt::format(", Kafka's client {}", Gigabytes(log));
  std::string remedy = "lower store.max_memory_mb or give it more memory";
  if (needs.max_ids != 0 && ids_left >= kFewestIds) {
    remedy = fmt::format("lower aggregator.max_ids to {:.0f}000000, {}", std::floor(ids_left / 1e6),
                         remedy);
  }
  return Error{
      ErrorCode::kResourceExhausted,
      fmt::format("{} needs {} ({} bytes an id), checkpoints need {}{} and store.max_memory_mb = "
                  "{} is {}: together {} of the {} that this process may use; {}",
                  wanted, Gigabytes(ids * kBytesPerId), kBytesPerId, Gigabytes(checkpoints),
                  for_log, needs.store_mb, Gigabytes(store),
                  Gigabytes(ids * kBytesPerId + checkpoints + log + store), Gigabytes(memory),
                  remedy)};
}

}  // namespace adtally

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// One shard of a cluster: statements about its own rows (see OnShard), at whichever of its replicas
// answers. Thread-safe.
//
// Replicas lag behind one another, so a query first makes its replica fetch all that was committed
// before (SYSTEM SYNC REPLICA): it sees every insert that was acknowledged, by whichever replica.
// That costs a question to Keeper while the replica is up to date, and waits while it is not.
// (select_sequential_consistency would need inserts one at a time.)
//
// All statements go to one replica until it does not answer; then the next one is used. A query
// tries all of them. An insert is tried once, since nobody knows whether a failed one ran: the
// caller asks, or tries again under the same token, which Keeper knows on every replica.
class ShardStore final : public Store {
 public:
  // At least one replica.
  explicit ShardStore(std::vector<std::unique_ptr<Store>> replicas);

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override;
  Result<void> Insert(std::string_view into, std::string_view native_block,
                      std::string_view deduplication_token) override;

 private:
  // Uses another replica than `failed` from now on, if that one is still in use.
  void MoveOn(size_t failed);

  const std::vector<std::unique_ptr<Store>> replicas_;
  std::atomic<size_t> current_{0};
};

}  // namespace adtally

#include "aggregator/rocksdb_id_scan.h"

#include <rocksdb/iterator.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "log/rocksdb_support.h"

namespace adtally {
namespace {

// Ids that are given at a time: they stay in the cache.
constexpr size_t kIdsPerTake = 2048;

void SeekTo(rocksdb::Iterator& it, IdBlockKey key) {
  const auto bytes = key.Encode();
  it.Seek(ToSlice({bytes.data(), bytes.size()}));
}

std::optional<IdBlockKey> KeyAt(const rocksdb::Iterator& it) {
  return it.Valid() ? IdBlockKey::Decode(it.key().ToStringView()) : std::nullopt;
}

// The block of that number in the entry, when the iterator stands on it and it is whole.
std::optional<IdBlock> BlockAt(const rocksdb::Iterator& it, Partition partition, uint32_t number) {
  const auto key = KeyAt(it);
  if (!key || key->number != number) return std::nullopt;
  return IdBlock::Decode(partition, it.key().ToStringView(), it.value().ToStringView());
}

// Checks the blocks after the first, on which the iterator stands. Leaves it elsewhere.
bool RestIsWhole(rocksdb::Iterator& it, Partition partition, const IdBlock& first) {
  for (uint32_t number = 1; number < first.blocks; ++number) {
    it.Next();
    const auto block = BlockAt(it, partition, number);
    if (!block || !block->Follows(first)) return false;
  }
  return true;
}

// The iterator stands on the first block, which is whole.
class ScannedEntry final : public IdCache::Entry {
 public:
  ScannedEntry(rocksdb::Iterator& it, Partition partition, const IdBlock& first,
               std::vector<Hash128>& buffer, IdScanReport& report)
      : Entry(first.key.begin, first.end),
        it_(it),
        partition_(partition),
        first_(first),
        buffer_(buffer),
        report_(report) {}

  bool Read(const Take& take) override {
    if (first_.blocks == 1) {
      Give(first_, take);
      return true;
    }
    if (!RestIsWhole(it_, partition_, first_)) {
      ++report_.damaged;
      return false;
    }
    SeekTo(it_, first_.key);
    for (uint32_t number = 0; number < first_.blocks; ++number) {
      if (number > 0) it_.Next();
      const auto block = BlockAt(it_, partition_, number);
      if (!block || !block->Follows(first_)) {
        report_.changed = true;
        return false;
      }
      Give(*block, take);
    }
    return true;
  }

 private:
  void Give(const IdBlock& block, const Take& take) {
    for (size_t from = 0; from < block.ids; from += buffer_.size()) {
      const std::span ids(buffer_.data(), std::min(buffer_.size(), block.ids - from));
      block.Copy(from, ids);
      take(block.append_hour, ids);
    }
  }

  rocksdb::Iterator& it_;
  const Partition partition_;
  const IdBlock first_;
  std::vector<Hash128>& buffer_;
  IdScanReport& report_;
};

void LeaveEntry(rocksdb::Iterator& it, Offset begin) {
  for (auto key = KeyAt(it); key && key->begin == begin; key = KeyAt(it)) it.Next();
}

}  // namespace

IdScanReport ScanIdBlocks(rocksdb::Iterator& it, Partition partition, Offset from, Offset floor,
                          const std::function<bool(IdCache::Entry&)>& visit) {
  IdScanReport report;
  std::vector<Hash128> buffer(kIdsPerTake);
  SeekTo(it, {from, 0});
  while (it.Valid() && !report.changed) {
    const auto key = KeyAt(it);
    if (!key) {
      ++report.damaged;
      it.Next();
      continue;
    }
    const auto first = BlockAt(it, partition, 0);
    if (!first) {
      ++report.damaged;
    } else if (first->end > floor) {
      ScannedEntry entry(it, partition, *first, buffer, report);
      if (!visit(entry)) break;
    }
    LeaveEntry(it, key->begin);
  }
  return report;
}

std::optional<IdCache::Last> FindLastEntry(rocksdb::Iterator& it, Partition partition) {
  it.SeekToLast();
  while (it.Valid()) {
    const auto last = KeyAt(it);
    if (last) {
      SeekTo(it, {last->begin, 0});
      const auto first = BlockAt(it, partition, 0);
      if (first && RestIsWhole(it, partition, *first)) {
        return IdCache::Last{first->end, first->last_append_time};
      }
      const auto bytes = IdBlockKey{last->begin, 0}.Encode();
      it.SeekForPrev(ToSlice({bytes.data(), bytes.size()}));
      if (const auto key = KeyAt(it); !key || key->begin != last->begin) continue;
    }
    if (it.Valid()) it.Prev();
  }
  return std::nullopt;
}

}  // namespace adtally

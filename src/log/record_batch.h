#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/strong.h"

namespace adtally {

// One record of a partition: the payload is an EventBatch.
struct Record {
  Offset offset;
  AppendTime append_time;
  std::string_view payload;  // of the RecordBatch that the record is in
};

// The records of one read, their payloads back to back in one buffer. Clear() keeps the memory, so
// that a batch which is used again allocates nothing.
//
// Records and views are valid until the batch is changed or destroyed; moving it keeps them. Not
// thread-safe.
class RecordBatch {
 public:
  RecordBatch() = default;
  RecordBatch(RecordBatch&&) = default;
  RecordBatch& operator=(RecordBatch&&) = default;
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  bool empty() const { return records_.empty(); }
  size_t size() const { return records_.size(); }
  size_t payload_bytes() const { return bytes_.size(); }
  const Record& operator[](size_t i) const { return records_[i]; }
  const Record& front() const { return records_.front(); }
  const Record& back() const { return records_.back(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }

  void Clear() {
    records_.clear();
    bytes_.clear();
  }

  // Copies the payload, which must not lie in this batch.
  void Add(Offset offset, AppendTime append_time, std::string_view payload) {
    if (bytes_.capacity() - bytes_.size() < payload.size()) Grow(payload.size());
    const size_t at = bytes_.size();
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    records_.push_back({offset, append_time, {bytes_.data() + at, payload.size()}});
  }

 private:
  // Makes room for `more` bytes and points the views to where the payloads are then.
  void Grow(size_t more);

  std::vector<char> bytes_;
  std::vector<Record> records_;
};

}  // namespace adtally

#include "log/record_batch.h"

#include <algorithm>

namespace adtally {
namespace {

constexpr size_t kFirstBytes = 4096;

}  // namespace

void RecordBatch::Grow(size_t more) {
  bytes_.reserve(std::max({kFirstBytes, 2 * bytes_.capacity(), bytes_.size() + more}));
  const char* at = bytes_.data();
  for (Record& record : records_) {
    record.payload = {at, record.payload.size()};
    at += record.payload.size();
  }
}

}  // namespace adtally

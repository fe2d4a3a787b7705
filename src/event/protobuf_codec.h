#pragma once

#include <string>
#include <string_view>

#include "event/event.h"

namespace adtally {

// Reads the events of one EventBatch (proto/adtally/v1/event.proto) in order, without copying.
// Never reads past the batch, whatever its bytes.
class EventBatchReader {
 public:
  // The batch must outlive the reader and the views in its events.
  explicit EventBatchReader(std::string_view batch) : rest_(batch) {}

  // Decodes the next event into `event`. False at the end of the batch.
  // After true, `bad_field` is kNone for a good event, or the first field that is wrong. kRecord
  // means that the bytes of the event themselves are broken; the events after it are read all the
  // same, unless broken().
  bool Next(Event& event, EventField& bad_field);

  // Whether the batch broke off at the event last returned: how many events followed cannot be
  // known.
  bool broken() const { return broken_; }

  // The bytes that Next has not read yet. What it took off the front is a batch by itself.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool broken_ = false;
};

// Appends `event` as one more element of the EventBatch in `batch`. Concatenated batches are a
// batch too. click_id is not written: the log keeps what it resolved to.
void AppendToBatch(const Event& event, std::string& batch);

}  // namespace adtally

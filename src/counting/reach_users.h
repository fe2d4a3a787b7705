#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "counting/checkpoint.h"
#include "event/event.h"

namespace adtally {

// One valid impression that says whom it was shown to.
struct Viewing {
  ReachKey key;
  uint32_t event = 0;  // its place in the batch of events that it came with
  uint64_t user_hash = 0;
};
// `event` is an impression with a user_hash.
Viewing ViewingOf(const Event& event, uint32_t place);

// Collects who saw what: the distinct users of each campaign and quarter of an hour. Not
// thread-safe. Memory is kept from checkpoint to checkpoint.
class ReachUsers {
 public:
  ReachUsers();

  void Add(const ReachKey& key, uint64_t user_hash);

  // Impressions added: at least as many as there are users.
  size_t size() const { return users_.size(); }
  // A function of the set of what was added, whatever the order and however often.
  Reach Sorted();
  void Clear();

 private:
  struct Group {
    ReachKey key;
    uint32_t users;  // added to it
  };

  uint32_t GroupOf(const ReachKey& key);
  void GrowIndex();
  // The numbers of the groups in the order of their keys.
  std::vector<uint32_t> GroupsInOrder() const;

  // Open addressing by hash: a group's number + 1; 0 is empty. At most half full.
  std::vector<uint32_t> index_;
  std::vector<Group> groups_;
  // The two columns of what was added.
  std::vector<uint64_t> users_;
  std::vector<uint32_t> group_of_;
};

}  // namespace adtally

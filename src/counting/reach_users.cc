#include "counting/reach_users.h"

#include <algorithm>
#include <numeric>

namespace adtally {
namespace {

constexpr size_t kMinIndex = 1024;

// Enough for an in-memory table: neighbours in any of the three fall apart.
size_t HashOf(const ReachKey& key) {
  uint64_t hash = (uint64_t{key.advertiser_id} << 32 | key.campaign_id) * 0x9e3779b97f4a7c15;
  hash = (hash ^ hash >> 32 ^ key.quarter) * 0xe7037ed1a0b428db;
  return static_cast<size_t>(hash ^ hash >> 32);
}

}  // namespace

Viewing ViewingOf(const Event& event, uint32_t place) {
  const auto quarter = static_cast<uint32_t>(event.time.value / kMillisPerQuarter);
  const Dimensions& d = event.dimensions;
  return {{quarter, d.advertiser_id, d.campaign_id}, place, event.user_hash};
}

ReachUsers::ReachUsers() : index_(kMinIndex) {}

void ReachUsers::Add(const ReachKey& key, uint64_t user_hash) {
  const uint32_t group = GroupOf(key);
  ++groups_[group].users;
  users_.push_back(user_hash);
  group_of_.push_back(group);
}

uint32_t ReachUsers::GroupOf(const ReachKey& key) {
  const size_t mask = index_.size() - 1;
  for (size_t at = HashOf(key) & mask;; at = (at + 1) & mask) {
    if (index_[at] == 0) {
      groups_.push_back({key, 0});
      index_[at] = static_cast<uint32_t>(groups_.size());
      if (groups_.size() * 2 > index_.size()) GrowIndex();
      return static_cast<uint32_t>(groups_.size() - 1);
    }
    if (groups_[index_[at] - 1].key == key) return index_[at] - 1;
  }
}

void ReachUsers::GrowIndex() {
  index_.assign(index_.size() * 2, 0);
  const size_t mask = index_.size() - 1;
  for (uint32_t i = 0; i < groups_.size(); ++i) {
    size_t at = HashOf(groups_[i].key) & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    index_[at] = i + 1;
  }
}

std::vector<uint32_t> ReachUsers::GroupsInOrder() const {
  std::vector<uint32_t> order(groups_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](uint32_t group) { return groups_[group].key; });
  return order;
}

Reach ReachUsers::Sorted() {
  const std::vector<uint32_t> order = GroupsInOrder();
  // Where the next user of each group goes; afterwards, where the group ends.
  std::vector<uint32_t> place(groups_.size());
  uint32_t begin = 0;
  for (const uint32_t group : order) {
    place[group] = begin;
    begin += groups_[group].users;
  }
  Reach reach;
  reach.users.resize(users_.size());
  for (size_t i = 0; i < users_.size(); ++i) reach.users[place[group_of_[i]]++] = users_[i];

  // Each group's users sorted, once, and moved up to those of the group before.
  reach.groups.reserve(order.size());
  auto end = reach.users.begin();
  for (const uint32_t group : order) {
    const auto first = reach.users.begin() + (place[group] - groups_[group].users);
    const auto last = reach.users.begin() + place[group];
    std::sort(first, last);
    end = std::move(first, std::unique(first, last), end);
    reach.groups.push_back({groups_[group].key, static_cast<uint32_t>(end - reach.users.begin())});
  }
  reach.users.erase(end, reach.users.end());
  return reach;
}

void ReachUsers::Clear() {
  if (groups_.empty()) return;
  std::fill(index_.begin(), index_.end(), 0);
  groups_.clear();
  users_.clear();
  group_of_.clear();
}

}  // namespace adtally

#include "reporting/answer_cache.h"

#include <utility>

namespace adtally {
namespace {

std::string KeyOf(const Statement& statement, std::string_view format) {
  std::string key(format);
  key += '\0' + statement.sql;
  for (const SqlParam& param : statement.params) key += '\0' + param.name + '\0' + param.value;
  return key;
}

}  // namespace

std::shared_ptr<const std::string> AnswerCache::Find(const Statement& statement,
                                                     std::string_view format) {
  if (max_bytes_ == 0) return nullptr;
  const std::string key = KeyOf(statement, format);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void AnswerCache::Remember(const Statement& statement, std::string_view format,
                           std::shared_ptr<const std::string> answer) {
  Entry entry{KeyOf(statement, format), std::move(answer)};
  if (entry.bytes() > max_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(entry.key)) return;
  bytes_ += entry.bytes();
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().bytes();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace adtally

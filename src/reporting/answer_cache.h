#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/statement.h"

namespace adtally {

// What the store answered to statements that read nothing but published generations and files of
// the archive. Those never change, and a statement names them, so the same statement has the same
// answer for ever; the answers used longest ago make room for new ones. (ClickHouse has a cache of
// queries too, but the embedded engine is built without.) Thread-safe.
class AnswerCache {
 public:
  // `max_bytes`: of statements and answers together; 0 remembers nothing.
  explicit AnswerCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // nullptr when it is not known.
  std::shared_ptr<const std::string> Find(const Statement& statement, std::string_view format);
  void Remember(const Statement& statement, std::string_view format,
                std::shared_ptr<const std::string> answer);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const std::string> answer;
    size_t bytes() const { return key.size() + answer->size(); }
  };

  const size_t max_bytes_;
  std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> entries_;  // the one used last at the front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  // views of entries
};

}  // namespace adtally

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace adtally {

// What kind of failure it is, so that a caller can choose what to do and an HTTP handler its
// status.
enum class ErrorCode {
  kInvalidArgument,  // the input is wrong; the same call will fail again
  kUnauthenticated,  // no key, or an unknown one
  kForbidden,        // a known key without the right
  kNotFound,
  kConflict,           // e.g. the data folder is in use by another process
  kTooLarge,           // over a stated limit
  kResourceExhausted,  // a bounded queue is full; retry later
  kUnavailable,        // a disk, a broker or a store does not answer; retry later
  kCorrupt,            // stored bytes are not what was written
  kInternal,
};

// An expected failure. The message is one sentence for the user: what, where, and what to do.
struct Error {
  ErrorCode code;
  std::string message;

  // The same error with "context: " put before its message.
  Error WithContext(std::string_view context) && {
    message.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }
};

// A value or an Error. Reading the value of an error is a programmer's mistake and aborts.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  T& value() & { return Checked(); }
  const T& value() const& { return const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(Checked()); }
  T& operator*() & { return Checked(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &Checked(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& { return std::get<Error>(state_); }
  Error&& error() && { return std::move(std::get<Error>(state_)); }

 private:
  T& Checked() {
    ADTALLY_CHECK(ok(), std::get<Error>(state_).message);
    return std::get<T>(state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}

  bool ok() const { return !failed_; }
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  bool failed_ = false;
  Error error_{};
};

// ADTALLY_TRY(expr) returns the error of a Result from the enclosing function;
// ADTALLY_ASSIGN(auto x, expr) does the same and otherwise names the value.
#define ADTALLY_TRY(expr)                                     \
  do {                                                        \
    if (auto adtally_result = (expr); !adtally_result.ok()) { \
      return std::move(adtally_result).error();               \
    }                                                         \
  } while (false)

#define ADTALLY_CONCAT_INNER(a, b) a##b
#define ADTALLY_CONCAT(a, b) ADTALLY_CONCAT_INNER(a, b)
#define ADTALLY_ASSIGN(decl, expr) \
  ADTALLY_ASSIGN_IMPL(ADTALLY_CONCAT(adtally_result_, __LINE__), decl, expr)
#define ADTALLY_ASSIGN_IMPL(name, decl, expr)     \
  auto name = (expr);                             \
  if (!name.ok()) return std::move(name).error(); \
  decl = std::move(name).value()

}  // namespace adtally

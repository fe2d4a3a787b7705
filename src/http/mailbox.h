#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "http/asio.h"
#include "http/message.h"

namespace adtally::http {

class Session;

// Brings answers from any thread to the event loop of their sessions. However many answers are put
// while the loop is busy, it is woken once: a group commit that completes a thousand requests costs
// one wake-up. Thread-safe; may outlive the loop, answers put after Close() are dropped.
class Mailbox {
 public:
  explicit Mailbox(asio::io_context& io) : io_(&io) {}

  static std::shared_ptr<Mailbox> Create(asio::io_context& io);
  void Put(std::shared_ptr<Session> session, Response response);
  // Has the session look at the body that it is sending.
  void Wake(std::shared_ptr<Session> session);
  void Close();

  // Declares that the calling thread runs this mailbox's loop.
  void AttachThread() const;
  bool OnLoopThread() const;

 private:
  struct Item {
    std::shared_ptr<Session> session;
    std::optional<Response> response;  // nullopt: to be woken
  };
  void Add(Item item);
  static void Deliver(const std::shared_ptr<Mailbox>& mailbox);

  std::weak_ptr<Mailbox> self_;
  std::mutex mutex_;
  asio::io_context* io_;        // nullptr once closed
  std::vector<Item> waiting_;   // not empty: the loop has been asked to deliver
  std::vector<Item> delivery_;  // of the loop's thread: kept for its capacity
};

}  // namespace adtally::http

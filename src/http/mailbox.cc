#include "http/mailbox.h"

#include "http/session.h"

namespace adtally::http {
namespace {

thread_local const Mailbox* attached_mailbox = nullptr;

}  // namespace

std::shared_ptr<Mailbox> Mailbox::Create(asio::io_context& io) {
  auto mailbox = std::make_shared<Mailbox>(io);
  mailbox->self_ = mailbox;
  return mailbox;
}

void Mailbox::AttachThread() const {
  attached_mailbox = this;
}
bool Mailbox::OnLoopThread() const {
  return attached_mailbox == this;
}

void Mailbox::Put(std::shared_ptr<Session> session, Response response) {
  Add({std::move(session), std::move(response)});
}

void Mailbox::Wake(std::shared_ptr<Session> session) {
  Add({std::move(session), std::nullopt});
}

void Mailbox::Add(Item item) {
  std::lock_guard lock(mutex_);
  if (io_ == nullptr) return;
  const bool wake = waiting_.empty();
  waiting_.push_back(std::move(item));
  // Under the lock, so that the loop cannot go away meanwhile.
  if (wake) asio::post(*io_, [self = self_.lock()] { Deliver(self); });
}

void Mailbox::Deliver(const std::shared_ptr<Mailbox>& mailbox) {
  std::vector<Item> items = std::move(mailbox->delivery_);
  {
    std::lock_guard lock(mailbox->mutex_);
    items.swap(mailbox->waiting_);
  }
  for (Item& item : items) {
    if (item.response) {
      item.session->Answer(*std::move(item.response));
    } else {
      item.session->ContinueStream();
    }
  }
  items.clear();
  mailbox->delivery_ = std::move(items);
}

void Mailbox::Close() {
  std::vector<Item> dropped;
  std::lock_guard lock(mutex_);
  io_ = nullptr;
  dropped.swap(waiting_);
}

}  // namespace adtally::http

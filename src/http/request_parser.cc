#include "http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <utility>

#include "base/ascii.h"

namespace adtally::http {
namespace {

namespace bhttp = boost::beast::http;
using BoostError = boost::system::error_code;

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// "HTTP/2.0" is a version that we do not speak; "HTP/x" is no version at all.
bool NamesOtherVersion(std::string_view data) {
  const std::string_view line = data.substr(0, data.find("\r\n"));
  const size_t at = line.rfind(" HTTP/");
  if (at == std::string_view::npos) return false;
  const std::string_view version = line.substr(at + 6);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() == 1) return digit(version[0]);
  return version.size() == 3 && digit(version[0]) && version[1] == '.' && digit(version[2]);
}

// Collects what Beast's parser finds in one request.
class Collector : public bhttp::basic_parser<true> {
 public:
  Collector(std::string_view data, RequestHead& head, RequestParser::Failure& failure)
      : data_(data), head_(head), failure_(failure) {}

  void set_body(std::string* body) { body_ = body; }
  bool has_host() const { return hosts_ == 1; }

 private:
  void Refuse(int status, std::string detail, BoostError& ec) {
    failure_ = {status, std::move(detail)};
    ec = bhttp::make_error_code(bhttp::error::bad_value);
  }

  bool Within(std::string_view text) const {
    return text.data() >= data_.data() && text.data() + text.size() <= data_.data() + data_.size();
  }

  Span SpanOf(std::string_view text) const {
    return {static_cast<uint32_t>(text.empty() ? 0 : text.data() - data_.data()),
            static_cast<uint32_t>(text.size())};
  }

  void on_request_impl(bhttp::verb verb, boost::beast::string_view method,
                       boost::beast::string_view target, int version, BoostError& ec) override {
    head_.method = SpanOf(View(method));
    head_.is_head = verb == bhttp::verb::head;
    head_.http11 = version == 11;
    if (verb == bhttp::verb::unknown) {
      return Refuse(501, "the method " + std::string(View(method)) + " is not known", ec);
    }
    std::string_view path = View(target);
    if (StartsWithIgnoreCase(path, "http://")) {
      const size_t slash = path.find('/', 7);
      path = slash == std::string_view::npos ? std::string_view("/") : path.substr(slash);
    }
    if (path != "*" && !path.starts_with('/')) {
      return Refuse(400, "the request target must start with /", ec);
    }
    const size_t question = path.find('?');
    if (!Within(path)) {
      return Refuse(400, "the request target has no path", ec);
    }
    head_.path = SpanOf(path.substr(0, question));
    if (question != std::string_view::npos) head_.query = SpanOf(path.substr(question + 1));
  }

  void on_field_impl(bhttp::field field, boost::beast::string_view name_text,
                     boost::beast::string_view value_text, BoostError& ec) override {
    if (is_header_done()) return;  // a trailer: it must not pass for a header
    const std::string_view name = View(name_text);
    const std::string_view value = View(value_text);
    if (!value.empty() && !Within(value)) {
      return Refuse(400, "header lines must not be folded", ec);
    }
    head_.headers.emplace_back(SpanOf(name), SpanOf(value));
    switch (field) {
      case bhttp::field::host:
        ++hosts_;
        break;
      case bhttp::field::transfer_encoding:
        OnTransferEncoding(value, ec);
        break;
      case bhttp::field::content_encoding:
        OnContentEncoding(value, ec);
        break;
      case bhttp::field::expect:
        OnExpect(value, ec);
        break;
      default:
        break;
    }
  }

  void OnTransferEncoding(std::string_view value, BoostError& ec) {
    if (!head_.http11) return Refuse(400, "HTTP/1.0 has no Transfer-Encoding", ec);
    if (!EqualsIgnoreCase(value, "chunked")) {
      return Refuse(501, "the only Transfer-Encoding supported is chunked", ec);
    }
    head_.chunked = true;
  }

  void OnContentEncoding(std::string_view value, BoostError& ec) {
    const auto coding = ParseContentCoding(value);
    if (!coding ||
        (*coding != ContentCoding::kIdentity && head_.coding != ContentCoding::kIdentity)) {
      return Refuse(415, "Content-Encoding must be gzip, zstd, lz4 or identity", ec);
    }
    if (*coding != ContentCoding::kIdentity) head_.coding = *coding;
  }

  void OnExpect(std::string_view value, BoostError& ec) {
    if (!EqualsIgnoreCase(value, "100-continue")) {
      return Refuse(417, "the only expectation supported is 100-continue", ec);
    }
    head_.expects_continue = head_.http11;
  }

  size_t on_chunk_body_impl(uint64_t, boost::beast::string_view piece, BoostError&) override {
    body_->append(piece.data(), piece.size());
    return piece.size();
  }

  size_t on_body_impl(boost::beast::string_view piece, BoostError&) override {
    return piece.size();  // a body of known length does not pass through the parser
  }
  void on_response_impl(int, boost::beast::string_view, int, BoostError&) override {}
  void on_header_impl(BoostError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, BoostError&) override {}
  void on_chunk_header_impl(uint64_t, boost::beast::string_view, BoostError&) override {}
  void on_finish_impl(BoostError&) override {}

  const std::string_view data_;
  RequestHead& head_;
  RequestParser::Failure& failure_;
  std::string* body_ = nullptr;
  int hosts_ = 0;
};

}  // namespace

class RequestParser::Beast {
 public:
  std::optional<Collector> collector;  // made anew for each request: Beast's parser cannot be reset
};

RequestParser::RequestParser(size_t max_body_bytes)
    : max_body_bytes_(max_body_bytes), beast_(std::make_unique<Beast>()) {}
RequestParser::~RequestParser() = default;

void RequestParser::Reset() {
  auto headers = std::move(head_.headers);
  headers.clear();
  head_ = RequestHead{};
  head_.headers = std::move(headers);
  failure_.status = 0;
}

bool RequestParser::ParseHead(std::string_view data) {
  Reset();
  Collector& collector = beast_->collector.emplace(data, head_, failure_);
  collector.header_limit(static_cast<uint32_t>(data.size()) + 1);  // the session limits the head
  collector.body_limit(max_body_bytes_);
  BoostError ec;
  head_.bytes = collector.put(boost::asio::const_buffer(data.data(), data.size()), ec);
  if (ec) {
    if (failure_.status != 0) return false;
    if (ec == bhttp::error::body_limit) {
      failure_ = {413, "the body is over the limit of " + std::to_string(max_body_bytes_) +
                           " bytes; send smaller batches"};
    } else if (ec == bhttp::error::bad_version && NamesOtherVersion(data)) {
      failure_ = {505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
    } else {
      failure_ = {400, "the request is malformed: " + ec.message()};
    }
    return false;
  }
  if (!collector.is_header_done()) {
    failure_ = {400, "the request is malformed"};
    return false;
  }
  if (head_.http11 && !collector.has_host()) {
    failure_ = {400, "an HTTP/1.1 request has exactly one Host header"};
    return false;
  }
  head_.keep_alive = collector.keep_alive();
  head_.content_length = collector.content_length().value_or(0);
  return true;
}

RequestParser::Progress RequestParser::ParseChunks(std::string_view data, std::string& body,
                                                   size_t& consumed) {
  Collector& collector = *beast_->collector;
  collector.set_body(&body);
  collector.eager(true);
  BoostError ec;
  consumed = collector.put(boost::asio::const_buffer(data.data(), data.size()), ec);
  if (collector.is_done()) return Progress::kDone;
  if (!ec || ec == bhttp::error::need_more) return Progress::kMore;
  if (ec == bhttp::error::body_limit) {
    failure_ = {413, "the body is over the limit of " + std::to_string(max_body_bytes_) +
                         " bytes; send smaller batches"};
  } else {
    failure_ = {400, "the chunked body is malformed: " + ec.message()};
  }
  return Progress::kFailed;
}

}  // namespace adtally::http

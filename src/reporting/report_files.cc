#include "reporting/report_files.h"

#include <optional>
#include <string>
#include <utility>

#include "http/body_pipe.h"
#include "reporting/call_answers.h"
#include "reporting/report.h"
#include "reporting/report_request.h"

namespace adtally {
namespace {

constexpr std::string_view kCall = "GET /v1/report";

std::string TierNames(const std::vector<Tier>& tiers) {
  std::string names;
  for (const Tier tier : tiers) {
    if (!names.empty()) names += ", ";
    names += TierName(tier);
  }
  return names;
}

// Begins the answer with the file's first piece: up to then a failure can still be told.
class FileAnswer final : public ReportFileSink {
 public:
  FileAnswer(const http::Request& request, const Admission& admission, http::Responder respond)
      : left_(request.left), headers_(admission.headers), respond_(std::move(respond)) {}

  void Begin(const ReportFile& file) override { file_ = file; }

  bool Write(std::string_view piece) override {
    if (!writer_) Start();
    return writer_->Write(piece);
  }

  bool Wanted() const override {
    return writer_ ? !writer_->ReaderLeft() : left_ == nullptr || !left_->load();
  }

  bool started() const { return writer_.has_value(); }

  void Finish() {
    if (!writer_) Start();
    writer_->Finish();
  }

  void Refuse(http::Response response) {
    AddHeaders(response);
    respond_(std::move(response));
  }

 private:
  void AddHeaders(http::Response& response) {
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
  }

  void Start() {
    http::BodyPipe pipe = http::BodyPipe::Create();
    http::Response response;
    response.headers = {
        {"Content-Type", std::string(file_.media_type)},
        {"Content-Disposition", "attachment; filename=\"" + std::string(file_.file_name) + '"'},
        {"Adtally-Tiers", TierNames(file_.tiers)}};
    AddHeaders(response);
    response.stream = std::move(pipe.reader);
    writer_.emplace(std::move(pipe.writer));
    respond_(std::move(response));
  }

  const std::shared_ptr<const std::atomic<bool>> left_;
  const std::vector<std::pair<std::string, std::string>> headers_;
  const http::Responder respond_;
  ReportFile file_;
  std::optional<http::BodyWriter> writer_;
};

}  // namespace

ReportFiles::ReportFiles(const ApiContext& context, StreamLimits limits)
    : context_(context),
      slots_(limits, "report files", "api.report_files_per_key"),
      pool_(limits.total, static_cast<size_t>(limits.total)) {}

bool ReportFiles::Asks(const http::Request& request) {
  for (const auto& [name, value] : http::ParseQuery(request.query)) {
    if (name == "format") return value == "csv" || value == "parquet" || value == "arrow";
  }
  return false;
}

void ReportFiles::Answer(const http::Request& request, Admission admission,
                         http::Responder respond) {
  auto slot = slots_.Take(admission.caller->key_id);
  if (!slot.ok()) {
    http::Response refusal = http::Problem(slot.error());
    refusal.headers.insert(refusal.headers.end(), admission.headers.begin(),
                           admission.headers.end());
    return respond(std::move(refusal));
  }
  // Every slot has a thread, so this waits for one that has just become free at most.
  pool_.TryPost([this, request, admission = std::move(admission), respond,
                 held = std::move(slot).value()] { Run(request, admission, respond); });
}

void ReportFiles::Run(const http::Request& request, const Admission& admission,
                      const http::Responder& respond) const {
  // The request's views end with the answer's beginning.
  const auto report = ParseReportRequest(request.query, context_.zones);
  FileAnswer answer(request, admission, respond);
  if (!report.ok()) return answer.Refuse(http::Problem(report.error()));
  const auto streamed = StreamReport({context_.store, context_.tiers, context_.archive}, *report,
                                     ScopeOf(*admission.caller), answer);
  if (streamed.ok()) return answer.Finish();
  if (!answer.started()) {
    return answer.Refuse(FailedReport(context_.logger, kCall, streamed.error()));
  }
  if (answer.Wanted()) {
    context_.logger.Error(std::string(kCall) + " broke off: " + streamed.error().message);
  }
}

}  // namespace adtally

#include "edge/ingest_handler.h"

#include <string>
#include <utility>

namespace adtally {
namespace {

// Some of a body's lines that were refused: one sender's mistake is mostly the same in all.
void ShowRejected(const IngestReport& report, RecentRejections& to) {
  constexpr size_t kShown = 5;
  to.Count(report.rejected);
  for (size_t i = 0; i < report.errors.lines.size() && i < kShown && to.HasRoom(); ++i) {
    const LineList::Line& line = report.errors.lines[i];
    to.Add("edge", "line " + std::to_string(line.line), line.text, "");
  }
}

}  // namespace

IngestHandler::IngestHandler(EdgeContext& edge)
    : edge_(edge), workers_(edge.options.ingest_threads, edge.options.ingest_queue) {}

void IngestHandler::Handle(const http::Request& request, http::Responder respond) {
  if (auto refusal = RefuseKey(request, edge_)) return respond(std::move(*refusal));
  const IngestFormat format = IngestFormatOf(request.Header("Content-Type"));
  const std::string_view body = request.body;  // the connection keeps it until the answer
  if (body.size() <= edge_.options.inline_body_bytes) return Ingest(body, format, respond);
  if (!workers_.TryPost([this, body, format, respond] { Ingest(body, format, respond); })) {
    edge_.stats.overloaded.Add();
    respond(
        http::Problem(429, "too many large requests are waiting; send this request again later"));
  }
}

void IngestHandler::Ingest(std::string_view body, IngestFormat format,
                           const http::Responder& respond) {
  const IngestRules rules{edge_.clock.NowMs(), edge_.options.dedup_window_ms, edge_.signer,
                          edge_.appender.partitioner(), edge_.appender.max_record_bytes()};
  IngestBatch batch = DecodeIngest(body, format, rules);
  edge_.stats.rejected_events.Add(batch.report.rejected);
  if (edge_.options.rejections != nullptr && !batch.report.errors.lines.empty()) {
    ShowRejected(batch.report, *edge_.options.rejections);
  }
  if (batch.report.accepted == 0) return respond(http::Json(IngestReportToJson(batch.report), 400));

  edge_.appender.Append(
      std::move(batch.events),
      [&edge = edge_, respond, report = std::move(batch.report)](Result<void> durable) {
        if (!durable.ok()) return respond(NotAppended(durable.error(), edge));
        edge.stats.ingested_events.Add(report.accepted);
        edge.stats.late_events.Add(report.late);
        respond(http::Json(IngestReportToJson(report), 202));
      });
}

}  // namespace adtally

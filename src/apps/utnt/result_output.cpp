// SPDX-License-Identifier: BSD-2-Clause
// See result_output.hpp.
#include "apps/utnt/result_output.hpp"

#include <fstream>

#include "results/jsonl_writer.hpp"
#include "results/tee_sink.hpp"
#include "results/text_writer.hpp"
#include "results/warts_reader.hpp"
#include "results/warts_writer.hpp"

namespace utnt::apps {

namespace {

/// The annotations that warts has no place for stand beside it.
constexpr auto sidecar_suffix = ".tunnels.jsonl";

OutputFile::Target target_of(const TraceOptions& options, std::optional<std::uint64_t> resume_at, bool is_text,
                             const std::string& suffix) {
  OutputFile::Target target;
  target.path = options.output == "-" ? options.output : options.output + suffix;
  target.is_text = is_text;
  if (resume_at) {
    target.mode = OpenMode::resume;
    target.position = *resume_at;
  } else if (options.append) {
    target.mode = OpenMode::append;
  } else if (options.force) {
    target.mode = OpenMode::replace;
  }
  return target;
}

/// Lists and cycles that the file holds already: the writer goes on numbering after them.
results::WartsIds existing_ids(const OutputFile& file) {
  if (file.position() == 0) return {};
  std::ifstream input{file.path(), std::ios::binary};
  return results::count_warts_ids(input);
}

results::WriteBytes into(OutputFile& file) {
  return [&file](std::string_view bytes) { file.write(bytes); };
}

}  // namespace

ResultOutput::ResultOutput(const TraceOptions& options, std::optional<Checkpoint::Position> resume_at)
    : file_{target_of(options, resume_at ? std::optional{resume_at->output} : std::nullopt,
                      output_format(options) != OutputFormat::warts, "")} {
  switch (output_format(options)) {
    case OutputFormat::jsonl:
      writers_.push_back(std::make_unique<results::JsonlWriter>(into(file_)));
      break;
    case OutputFormat::text:
      writers_.push_back(
          std::make_unique<results::TextWriter>(into(file_), results::TextOptions{.color = file_.is_terminal()}));
      break;
    case OutputFormat::warts:
      sidecar_.emplace(
          target_of(options, resume_at ? std::optional{resume_at->sidecar} : std::nullopt, true, sidecar_suffix));
      writers_.push_back(std::make_unique<results::WartsWriter>(into(file_), existing_ids(file_)));
      writers_.push_back(std::make_unique<results::SidecarWriter>(into(*sidecar_)));
      tee_ = std::make_unique<results::TeeSink>(std::vector{writers_[0].get(), writers_[1].get()});
      break;
  }
  sink_ = tee_ ? tee_.get() : writers_.front().get();
}

ResultOutput::~ResultOutput() = default;

void ResultOutput::flush() {
  file_.flush();
  if (sidecar_) sidecar_->flush();
}

void ResultOutput::sync() {
  file_.sync();
  if (sidecar_) sidecar_->sync();
}

Checkpoint::Position ResultOutput::position() const {
  return {.output = file_.position(), .sidecar = sidecar_ ? sidecar_->position() : 0};
}

}  // namespace utnt::apps

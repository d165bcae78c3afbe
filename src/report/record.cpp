// SPDX-License-Identifier: BSD-2-Clause
// Encoding and decoding of records: header, one layout function per type, and the rule that a record of this version is
// exactly as long as its layout.
#include "report/record.hpp"

#include <variant>

#include "report/record_layout.hpp"

namespace utnt::report {
namespace {

template <class Layout>
Result<std::size_t> write_record(RecordType type, MutableBytes out, Layout layout) {
  if (out.size() < record_header_bytes) return Fail{Error::no_room};
  FieldWriter writer{out.subspan(record_header_bytes)};
  layout(writer);
  if (!writer.ok()) return Fail{*writer.error()};
  const auto length = record_header_bytes + writer.used();
  UTNT_ASSERT(length <= 0xffff);
  store_u8(out, 0, static_cast<std::uint8_t>(type));
  store_u8(out, 1, record_version);
  store_le(out, 2, 2, length);
  return length;
}

Result<void> check_header(ConstBytes record) {
  if (record.size() < record_header_bytes) return Fail{Error::truncated};
  if (load_le(record, 2, 2) != record.size()) return Fail{Error::malformed};
  if (load_u8(record, 1) != record_version) return Fail{Error::bad_version};
  return {};
}

template <class T, class Layout>
Result<T> read_fields(ConstBytes record, Layout layout) {
  T out{};
  FieldReader reader{record.subspan(record_header_bytes)};
  layout(reader, out);
  if (!reader.ok()) return Fail{*reader.error()};
  if (reader.used() != record.size() - record_header_bytes) return Fail{Error::malformed};
  return out;
}

template <class T, class Layout>
Result<Event> read_event(ConstBytes record, Layout layout) {
  UTNT_TRY(const T value, read_fields<T>(record, layout));
  return Event{value};
}

}  // namespace

Result<std::size_t> encode(const Event& event, MutableBytes out) {
  if (const auto* e = std::get_if<core::Reply>(&event))
    return write_record(RecordType::reply, out, [e](auto& c) { reply_fields(c, *e); });
  if (const auto* e = std::get_if<core::Verdict>(&event))
    return write_record(RecordType::verdict, out, [e](auto& c) { verdict_fields(c, *e); });
  if (const auto* e = std::get_if<core::PathStart>(&event))
    return write_record(RecordType::path_start, out, [e](auto& c) { path_start_fields(c, *e); });
  if (const auto* e = std::get_if<core::PathEnd>(&event))
    return write_record(RecordType::path_end, out, [e](auto& c) { path_end_fields(c, *e); });
  if (const auto* e = std::get_if<core::Ping>(&event))
    return write_record(RecordType::ping, out, [e](auto& c) { ping_fields(c, *e); });
  if (const auto* e = std::get_if<core::Tunnel>(&event))
    return write_record(RecordType::tunnel, out, [e](auto& c) { tunnel_fields(c, *e); });
  const auto* e = std::get_if<core::TraceEnd>(&event);
  UTNT_ASSERT(e != nullptr);
  return write_record(RecordType::trace_end, out, [e](auto& c) { trace_end_fields(c, *e); });
}

Result<std::size_t> encode(const RunStart& start, MutableBytes out) {
  return write_record(RecordType::run_start, out, [&start](auto& c) { run_start_fields(c, start); });
}

Result<std::size_t> encode(const CountersAt& counters, MutableBytes out) {
  return write_record(RecordType::counters, out, [&counters](auto& c) { counters_fields(c, counters); });
}

Result<Event> decode_event(ConstBytes record) {
  UTNT_CHECK(check_header(record));
  switch (static_cast<RecordType>(load_u8(record, 0))) {
    case RecordType::path_start:
      return read_event<core::PathStart>(record, [](auto& c, auto& e) { path_start_fields(c, e); });
    case RecordType::reply:
      return read_event<core::Reply>(record, [](auto& c, auto& e) { reply_fields(c, e); });
    case RecordType::path_end:
      return read_event<core::PathEnd>(record, [](auto& c, auto& e) { path_end_fields(c, e); });
    case RecordType::ping:
      return read_event<core::Ping>(record, [](auto& c, auto& e) { ping_fields(c, e); });
    case RecordType::verdict:
      return read_event<core::Verdict>(record, [](auto& c, auto& e) { verdict_fields(c, e); });
    case RecordType::tunnel:
      return read_event<core::Tunnel>(record, [](auto& c, auto& e) { tunnel_fields(c, e); });
    case RecordType::trace_end:
      return read_event<core::TraceEnd>(record, [](auto& c, auto& e) { trace_end_fields(c, e); });
    case RecordType::run_start:
    case RecordType::counters:
      break;
  }
  return Fail{Error::unsupported};
}

Result<RunStart> decode_run_start(ConstBytes record) {
  UTNT_CHECK(check_header(record));
  if (load_u8(record, 0) != static_cast<std::uint8_t>(RecordType::run_start)) return Fail{Error::unsupported};
  return read_fields<RunStart>(record, [](auto& c, auto& e) { run_start_fields(c, e); });
}

Result<CountersAt> decode_counters(ConstBytes record) {
  UTNT_CHECK(check_header(record));
  if (load_u8(record, 0) != static_cast<std::uint8_t>(RecordType::counters)) return Fail{Error::unsupported};
  return read_fields<CountersAt>(record, [](auto& c, auto& e) { counters_fields(c, e); });
}

}  // namespace utnt::report

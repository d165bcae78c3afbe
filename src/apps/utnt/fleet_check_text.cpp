// SPDX-License-Identifier: BSD-2-Clause
// See fleet_check_text.hpp. What a node says about itself is shown as what it is: printable text from elsewhere.
#include "apps/utnt/fleet_check_text.hpp"

#include <fmt/format.h>

#include "apps/utnt/fleet_text.hpp"

namespace utnt::apps {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t number_in(const Json& record, const char* name) {
  const auto field = record.find(name);
  return field != record.end() && field->is_number_integer() ? field->get<std::int64_t>() : 0;
}

std::string guest_text(const Json& guests, const char* tender) {
  const auto guest = guests.find(tender);
  if (guest == guests.end() || !guest->is_object()) return "-";
  if (!is_true(*guest, "works")) return "NO";
  return fmt::format("{:.1f} ms", static_cast<double>(number_in(*guest, "microseconds")) / 1e3);
}

std::string gibibytes(std::int64_t bytes) {
  return fmt::format("{:.1f}G", static_cast<double>(bytes) / static_cast<double>(1U << 30U));
}

std::string text_in(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? printable(field->get<std::string>()) : "?";
}

constexpr const char* row_format =
    "{:<16} {:<12} {:<8} {:>10} {:>10} {:<9} {:<4} {:<4} {:<6} {:>10} {:>10} {:>7} {:>7}  {}\n";

}  // namespace

ClockOffset clock_offset(const Checked& checked) {
  const auto ahead_at_begin = number_in(checked.record, "begin_ns") - checked.before_ns;
  const auto ahead_at_end = number_in(checked.record, "end_ns") - checked.after_ns;
  return {.ns = (ahead_at_begin + ahead_at_end) / 2, .uncertain_ns = (ahead_at_begin - ahead_at_end) / 2};
}

bool is_true(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_boolean() && field->get<bool>();
}

void print_check_head() {
  fmt::print(row_format, "node", "state", "machine", "process", "qemu", "kvm", "raw", "tap", "cgroup", "containers",
             "vm", "memory", "disk", "clock ahead by");
}

void print_check_row(const std::string& name, const Checked& checked) {
  const auto& record = checked.record;
  if (!record.is_object() || !record.contains("machine")) {
    fmt::print("{:<16} {}\n", name, printable(checked.problem));
    return;
  }
  const auto& machine = record["machine"];
  const auto& guests = record["guests"];
  const auto clock = clock_offset(checked);
  const auto yes = [&](const char* what) { return is_true(machine, what) ? "yes" : "no"; };
  const std::string runtime = is_true(machine, "podman") ? "podman" : is_true(machine, "runc") ? "runc" : "no";
  const auto* const state = !checked.problem.empty() ? "PROBLEM" : checked.is_new ? "enrolled" : "ok";
  fmt::print(row_format, name, state, text_in(machine, "arch"), guest_text(guests, "process"),
             guest_text(guests, "qemu"), text_in(record["kvm"], "verdict"), yes("raw_sockets"), yes("tap"),
             text_in(machine, "cgroup"), guests.contains("container") ? guest_text(guests, "container") : runtime,
             guest_text(guests, "vm"), gibibytes(number_in(machine, "memory_free_bytes")),
             gibibytes(number_in(machine, "disk_free_bytes")),
             fmt::format("{:+.3f} s (+-{:.3f})", static_cast<double>(clock.ns) / 1e9,
                         static_cast<double>(clock.uncertain_ns) / 1e9));
  for (const auto& text : {checked.problem, checked.remark})
    if (!text.empty()) fmt::print("{:<16}   {}\n", "", printable(text));
  for (const auto& [tender, guest] : guests.items()) {
    if (guest.is_object() && !is_true(guest, "works"))
      fmt::print("{:<16}   {}: {}\n", "", printable(tender), text_in(guest, "detail"));
  }
}

void print_check_line(const std::string& name, const Checked& checked) {
  Json line{{"type", "check"}, {"node", name}, {"ok", checked.problem.empty()}, {"problem", checked.problem}};
  if (!checked.host_key.empty()) line["host_key"] = checked.host_key;
  if (checked.record.is_object()) {
    const auto clock = clock_offset(checked);
    line["enrolled_now"] = checked.is_new;
    line["clock_offset_ns"] = clock.ns;
    line["clock_uncertain_ns"] = clock.uncertain_ns;
    line["agent"] = checked.has_own_agent ? "installed" : "brought";
    if (!checked.remark.empty()) line["remark"] = checked.remark;
    line["record"] = checked.record;
  }
  print_json(line);
}

}  // namespace utnt::apps

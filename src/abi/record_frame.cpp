// SPDX-License-Identifier: BSD-2-Clause
#include "abi/record_frame.hpp"

#include "base/crc32c.hpp"

namespace utnt::abi {
namespace {

constexpr std::size_t checked_header_bytes = 8;

std::uint32_t load_le32(ConstBytes bytes, std::size_t at) { return static_cast<std::uint32_t>(load_le(bytes, at, 4)); }

std::uint32_t checksum_of(ConstBytes header, ConstBytes payload) {
  return crc32c(payload, crc32c(header.first(checked_header_bytes)));
}

}  // namespace

std::size_t seal_frame(MutableBytes out, std::size_t payload_bytes, std::uint32_t sequence, bool is_trailer) {
  UTNT_ASSERT(payload_bytes <= frame_payload_max && frame_header_bytes + payload_bytes <= out.size());
  store_le(out, 0, 4, payload_bytes | (is_trailer ? frame_trailer_bit : 0));
  store_le(out, 4, 4, sequence);
  store_le(out, 8, 4, checksum_of(out, out.subspan(frame_header_bytes, payload_bytes)));
  return frame_header_bytes + payload_bytes;
}

Result<Frame> read_frame(ConstBytes bytes) {
  if (bytes.size() < frame_header_bytes) return Fail{Error::truncated};
  const auto word = load_le32(bytes, 0);
  const std::size_t length = word & ~frame_trailer_bit;
  if (length > frame_payload_max) return Fail{Error::malformed};
  if (bytes.size() - frame_header_bytes < length) return Fail{Error::truncated};
  const auto payload = bytes.subspan(frame_header_bytes, length);
  if (load_le32(bytes, 8) != checksum_of(bytes, payload)) return Fail{Error::malformed};
  return Frame{load_le32(bytes, 4), (word & frame_trailer_bit) != 0, payload};
}

void write_trailer(MutableBytes out, const Trailer& trailer) {
  store_le(out, 0, 4, static_cast<std::uint32_t>(trailer.exit_code));
  std::size_t at = 4;
  for (const auto value :
       {trailer.records, trailer.receive_drops, trailer.transmit_waits, trailer.record_waits, trailer.started_ns,
        trailer.first_frame_ns, trailer.first_reply_ns, trailer.finished_ns, trailer.boot.entry_ns,
        trailer.boot.paging_ns, trailer.boot.clock_ns, trailer.boot.devices_ns, trailer.receive_overruns}) {
    store_le(out, at, 8, value);
    at += 8;
  }
}

Result<Trailer> read_trailer(ConstBytes payload) {
  if (payload.size() < trailer_bytes_min) return Fail{Error::truncated};
  Trailer trailer;
  trailer.exit_code = static_cast<std::int32_t>(load_le32(payload, 0));
  std::size_t at = 4;
  for (auto* value :
       {&trailer.records, &trailer.receive_drops, &trailer.transmit_waits, &trailer.record_waits, &trailer.started_ns,
        &trailer.first_frame_ns, &trailer.first_reply_ns, &trailer.finished_ns, &trailer.boot.entry_ns,
        &trailer.boot.paging_ns, &trailer.boot.clock_ns, &trailer.boot.devices_ns, &trailer.receive_overruns}) {
    if (payload.size() - at < 8) break;
    *value = load_le(payload, at, 8);
    at += 8;
  }
  return trailer;
}

}  // namespace utnt::abi

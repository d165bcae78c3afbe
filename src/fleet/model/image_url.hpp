// SPDX-License-Identifier: BSD-2-Clause
// Where nodes may fetch an image themselves: the URL as people write it, and what a node is told about it. The bytes
// are believed for their digest and signature alone, which come over the connection to the controller.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace utnt::fleet {

inline constexpr std::size_t image_url_max = 2'048;
/// Stands for the image's SHA-256 in a URL.
inline constexpr std::string_view digest_word = "{digest}";

/// What is wrong with it; nothing: an http or https URL without a password in it, which would be seen by everybody
/// there.
std::optional<std::string> image_url_complaint(std::string_view url);
std::string image_url_of(std::string url, const std::string& digest);
/// Whether an owner who allows what begins so allows this one: the beginning ends where a part of the URL ends, and
/// nothing behind it leads back out.
bool is_allowed_by(std::string_view beginning, std::string_view url);

/// What a message image_url says; its digest and total name the image.
struct ImageSource {
  std::string url;
  std::string signature;  ///< of the image, as in a .minisig file
  friend bool operator==(const ImageSource&, const ImageSource&) = default;
};
std::string image_source_text(const ImageSource& source);
/// Throws std::invalid_argument: what was expected.
ImageSource parse_image_source(std::string_view text);

}  // namespace utnt::fleet

// SPDX-License-Identifier: BSD-2-Clause
// The compiled part of the formatting library, which Debian packages only as a shared one; the agent is linked
// statically. Names what the library's headers declare as compiled elsewhere.
#define FMT_STATIC_THOUSANDS_SEPARATOR ','  // instead of asking the locale, which would bring the library's locales along
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template FMT_API auto dragonbox::to_decimal(float) noexcept -> dragonbox::decimal_fp<float>;
template FMT_API auto dragonbox::to_decimal(double) noexcept -> dragonbox::decimal_fp<double>;
template FMT_API auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template FMT_API auto decimal_point_impl<char>(locale_ref) -> char;
template FMT_API void buffer<char>::append<char>(const char*, const char*);
template FMT_API void vformat_to<char>(buffer<char>&, basic_string_view<char>,
                                       basic_format_args<FMT_BUFFER_CONTEXT(char)>, locale_ref);

}  // namespace detail
FMT_END_NAMESPACE

// Reads server-sent events (WHATWG HTML, 9.2) out of bytes as they arrive: as far as completions need it, data alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure::tools {

/// A longer event is refused.
inline constexpr std::size_t k_max_event_bytes = std::size_t{16} << 20;

class EventStream {
  public:
    /// `on_data`: called with each event's data, its lines joined by line feeds.
    explicit EventStream(std::function<void(std::string_view data)> on_data) : on_data_(std::move(on_data)) {}

    /// Errors: `out_of_range` for an event that is too long.
    Status push(std::string_view bytes);

  private:
    void take_line(std::string_view line);

    std::function<void(std::string_view)> on_data_;
    std::string line_;
    std::string data_;
    bool has_data_ = false;
};

}  // namespace dure::tools

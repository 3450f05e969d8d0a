// Server-sent events (WHATWG HTML, 9.2) cut out of bytes as they arrive, each with its own bytes: for passing a stream on
// and looking at what passes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::tools {

struct ServerEvent {
    std::string raw;   ///< as it came, with the empty line that ends it
    std::string name;  ///< its `event:`; empty for an ordinary one
    std::string data;  ///< its `data:` lines, joined by line feeds
};

class EventCutter {
  public:
    /// The events that `bytes` complete. Errors: `out_of_range` for one that is too long.
    Result<std::vector<ServerEvent>> push(std::string_view bytes);
    /// Bytes of an event that is not complete.
    const std::string& rest() const { return rest_; }

  private:
    std::string rest_;
    std::size_t scanned_ = 0;  ///< of `rest_`: holds no end of an event
};

}  // namespace dure::tools

#include "tools/dure/paying/sse.h"

#include "tools/dure/event_stream.h"

namespace dure::tools {

namespace {

std::string_view field(std::string_view line, std::string_view name) {
    line.remove_prefix(name.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
}

ServerEvent read_event(std::string raw) {
    ServerEvent event;
    std::string_view rest = raw;
    bool has_data = false;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("event:")) event.name = field(line, "event:");
        if (!line.starts_with("data:")) continue;
        if (has_data) event.data += '\n';
        event.data += field(line, "data:");
        has_data = true;
    }
    event.raw = std::move(raw);
    return event;
}

}  // namespace

Result<std::vector<ServerEvent>> EventCutter::push(std::string_view bytes) {
    rest_ += bytes;
    if (rest_.size() > k_max_event_bytes + bytes.size())
        return Error{ErrorCode::out_of_range, "the server sent an event that is too long"};
    std::vector<ServerEvent> events;
    std::size_t begin = 0;
    for (std::size_t at = scanned_; at < rest_.size();) {
        const std::size_t line_end = rest_.find('\n', at);
        if (line_end == std::string::npos) break;
        // An empty line, with or without a carriage return, right after a line's end or at the event's beginning.
        std::size_t next = line_end + 1;
        if (next < rest_.size() && rest_[next] == '\r') ++next;
        if (next >= rest_.size()) break;
        if (rest_[next] == '\n') {
            events.push_back(read_event(rest_.substr(begin, next + 1 - begin)));
            begin = next + 1;
            at = begin;
        } else {
            at = line_end + 1;
        }
        scanned_ = at;
    }
    rest_.erase(0, begin);
    scanned_ = scanned_ < begin ? 0 : scanned_ - begin;
    return events;
}

}  // namespace dure::tools

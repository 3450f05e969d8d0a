#include "tools/dure/event_stream.h"

namespace dure::tools {

Status EventStream::push(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        line_ += bytes.substr(0, end);
        if (line_.size() + data_.size() > k_max_event_bytes)
            return Error{ErrorCode::out_of_range, "the server sent an event that is too long"};
        if (end == std::string_view::npos) return {};
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r')) line_.pop_back();
        take_line(line_);
        line_.clear();
    }
    return {};
}

void EventStream::take_line(std::string_view line) {
    constexpr std::string_view k_field = "data:";
    if (line.empty()) {
        if (has_data_) on_data_(data_);
        data_.clear();
        has_data_ = false;
        return;
    }
    if (!line.starts_with(k_field)) return;  // a comment, or a field of no use here
    line.remove_prefix(k_field.size());
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += line;
    has_data_ = true;
}

}  // namespace dure::tools

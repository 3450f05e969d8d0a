#include "trainer/inference/answer_text.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/quote.h"
#include "trainer/text/utf8.h"

namespace dure::trainer {

Status check_stop_strings(const std::vector<std::string>& stops) {
    if (stops.size() > k_max_stop_strings) {
        return Error{ErrorCode::out_of_range, std::to_string(stops.size()) + " stop strings; at most " +
                                                  std::to_string(k_max_stop_strings) + " are taken"};
    }
    for (const std::string& stop : stops) {
        if (stop.empty() || stop.size() > k_max_stop_bytes) {
            return Error{ErrorCode::out_of_range, "a stop string of " + std::to_string(stop.size()) +
                                                      " bytes; it must have 1 to " +
                                                      std::to_string(k_max_stop_bytes)};
        }
        std::string rest = stop;
        if (take_whole_characters(rest) != stop)
            return Error{ErrorCode::malformed, "the stop string " + quote(stop) + " is not UTF-8"};
    }
    return {};
}

AnswerText::AnswerText(const Tokenizer& tokenizer, std::vector<std::string> stops, bool at_line_start)
    : decoder_(tokenizer, at_line_start), stops_(std::move(stops)) {}

std::string AnswerText::push(Token token) {
    DURE_ASSERT(!stopped_);
    held_ += decoder_.push(token);
    return release();
}

std::string AnswerText::finish() {
    if (stopped_) return {};
    held_ += decoder_.finish();
    std::string text = release();
    if (!stopped_) text += std::exchange(held_, {});
    return text;
}

std::string AnswerText::release() {
    std::size_t begin = std::string::npos;
    std::size_t end = std::string::npos;
    for (const std::string& stop : stops_) {
        const std::size_t found = held_.find(stop);
        if (found == std::string::npos) continue;
        if (found + stop.size() > end || (found + stop.size() == end && found > begin)) continue;
        begin = found;
        end = found + stop.size();
    }
    if (begin != std::string::npos) {
        stopped_ = true;
        held_.resize(begin);
        return std::exchange(held_, {});
    }
    std::size_t keep = 0;  // bytes at the end that may begin a stop string
    for (const std::string& stop : stops_) {
        for (std::size_t size = std::min(stop.size() - 1, held_.size()); size > keep; --size) {
            if (held_.compare(held_.size() - size, size, stop, 0, size) == 0) keep = size;
        }
    }
    std::string text = held_.substr(0, held_.size() - keep);
    held_.erase(0, text.size());
    return text;
}

}  // namespace dure::trainer

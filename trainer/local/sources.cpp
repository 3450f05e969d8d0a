#include "trainer/local/sources.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/assert.h"
#include "trainer/eval/draws.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

// Tokens of an example in a window: question, answer and a line feed.
std::size_t line_tokens(const Continuation& example, std::uint32_t sequence) {
    return std::min<std::size_t>(example.context.size() + example.continuation.size() + 1, sequence);
}

void append(Writer& writer, std::span<const std::int32_t> tokens) {
    writer.number(std::uint64_t{tokens.size()});
    for (const std::int32_t token : tokens)
        writer.number(static_cast<std::uint32_t>(token));
}

}  // namespace

Status Source::check(std::uint32_t sequence) const {
    const auto complain = [](const std::string& why) { return Error{ErrorCode::invalid, why}; };
    if (weight == 0) return complain("a source of training text has the weight 0; leave it out instead");
    if (text.empty() == examples.empty())
        return complain("a source of training text must hold a text or examples");
    if (!text.empty() && text.size() <= sequence) {
        return complain("a training text has " + std::to_string(text.size()) +
                        " tokens, but a window takes " + std::to_string(sequence + 1));
    }
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const std::size_t answer = examples[i].continuation.size();
        if (answer == 0 || answer + 1 > sequence) {
            return complain("the answer of example " + std::to_string(i + 1) + " has " +
                            std::to_string(answer) + " tokens, but 1 to " + std::to_string(sequence - 1) +
                            " fit a window; train with longer ones");
        }
    }
    return {};
}

Hash Source::fingerprint() const {
    static const TaggedHash hash("dure/local/source");
    Writer writer;
    writer.number(weight);
    append(writer, text);
    writer.number(std::uint64_t{examples.size()});
    for (const Continuation& example : examples) {
        append(writer, example.context);
        append(writer, example.continuation);
    }
    return hash(writer.bytes());
}

SourceReader::SourceReader(const Source& source, std::uint64_t seed, std::uint32_t sequence,
                           SourceProgress progress)
    : source_(source), seed_(seed), sequence_(sequence), progress_(progress) {
    DURE_ASSERT(source.check(sequence) && progress.next <= source.examples.size());
    if (!source.examples.empty()) start_epoch();
}

void SourceReader::start_epoch() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> drawn(source_.examples.size());
    for (std::uint32_t i = 0; i < drawn.size(); ++i)
        drawn[i] = {draw(seed_, progress_.epoch, i), i};
    std::sort(drawn.begin(), drawn.end());
    order_.clear();
    for (const auto& [number, index] : drawn)
        order_.push_back(index);
}

std::vector<std::int32_t> SourceReader::next_step(std::uint32_t count) {
    std::vector<std::int32_t> windows;
    windows.reserve(std::size_t{count} * (sequence_ + 1));
    for (std::uint32_t i = 0; i < count; ++i) {
        if (source_.examples.empty()) {
            add_text_window(windows, i);
        } else {
            add_example_window(windows);
        }
    }
    ++progress_.steps;
    return windows;
}

void SourceReader::add_text_window(std::vector<std::int32_t>& windows, std::uint32_t number) const {
    const std::uint64_t starts = source_.text.size() - sequence_;
    const auto begin =
        source_.text.begin() + static_cast<std::ptrdiff_t>(draw(seed_, progress_.steps, number) % starts);
    windows.insert(windows.end(), begin, begin + static_cast<std::ptrdiff_t>(sequence_ + 1));
}

void SourceReader::add_example_window(std::vector<std::int32_t>& windows) {
    const std::size_t end = windows.size() + sequence_ + 1;
    windows.push_back(unpredicted(k_newline_token));
    while (true) {
        if (progress_.next == order_.size()) {
            progress_.next = 0;
            ++progress_.epoch;
            start_epoch();
        }
        const Continuation& example = source_.examples[order_[progress_.next]];
        const std::size_t length = line_tokens(example, sequence_);
        if (windows.size() + length > end) break;
        ++progress_.next;
        const std::size_t question = length - example.continuation.size() - 1;
        for (std::size_t i = example.context.size() - question; i < example.context.size(); ++i)
            windows.push_back(unpredicted(example.context[i]));
        windows.insert(windows.end(), example.continuation.begin(), example.continuation.end());
        windows.push_back(k_newline_token);
    }
    windows.resize(end, unpredicted(k_newline_token));
}

}  // namespace dure::trainer

#include "trainer/eval/likelihood.h"

#include <algorithm>

#include "base/assert.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_shortest = 16;
constexpr std::size_t k_tokens_at_once = 8192;

std::uint32_t longest_window(std::uint32_t max_sequence) {
    constexpr auto k_chunk = static_cast<std::uint32_t>(k_token_chunk);
    if (max_sequence >= k_chunk) return max_sequence / k_chunk * k_chunk;
    std::uint32_t length = k_chunk;
    while (length > max_sequence)
        length /= 2;
    return length;
}

// Appends a window of `sequence` inputs that predicts the continuation and nothing else.
void add_window(std::vector<std::int32_t>& windows, const Continuation& item, std::uint32_t sequence) {
    std::vector<std::int32_t> line{unpredicted(k_newline_token)};
    for (const std::int32_t token : item.context)
        line.push_back(unpredicted(token));
    line.insert(line.end(), item.continuation.begin(), item.continuation.end());
    const std::size_t room = std::size_t{sequence} + 1;
    if (line.size() > room) line.erase(line.begin(), line.end() - static_cast<std::ptrdiff_t>(room));
    line.resize(room, unpredicted(k_newline_token));
    windows.insert(windows.end(), line.begin(), line.end());
}

double sum(std::span<const float> losses) {
    double total = 0;
    for (const float loss : losses)
        total += static_cast<double>(loss);
    return total;
}

}  // namespace

Likelihood::Likelihood(const Kernels& kernels, const ModelConfig& config, std::span<const float> parameters)
    : kernels_(kernels),
      config_(config),
      parameters_(parameters),
      longest_(longest_window(config.max_sequence)) {
    DURE_ASSERT(parameters.size() == config.parameter_count());
}

std::span<const float> Likelihood::losses(std::span<const std::int32_t> windows, std::uint32_t sequence) {
    auto found = transformers_.find(sequence);
    if (found == transformers_.end()) {
        Transformer fresh(kernels_, config_, sequence, Transformer::Use::losses);
        found = transformers_.emplace(sequence, std::move(fresh)).first;
    }
    const std::size_t count = windows.size() / (sequence + 1) * sequence;
    if (losses_.size() != count) losses_ = DeviceArray<float>(kernels_.device(), count);
    found->second.losses(losses_, parameters_, windows);
    return losses_.on_host(losses_read_);
}

std::uint32_t Likelihood::sequence_for(std::size_t tokens) const {
    std::uint32_t sequence = std::min(k_shortest, longest_);
    while (sequence < tokens && sequence < longest_)
        sequence *= 2;
    return std::min(sequence, longest_);
}

std::vector<double> Likelihood::surprises(std::span<const Continuation> continuations) {
    std::map<std::uint32_t, std::vector<std::size_t>> by_length;
    for (std::size_t i = 0; i < continuations.size(); ++i) {
        DURE_ASSERT(!continuations[i].continuation.empty());
        by_length[sequence_for(continuations[i].context.size() + continuations[i].continuation.size())]
            .push_back(i);
    }
    std::vector<double> result(continuations.size());
    for (const auto& [sequence, items] : by_length) {
        const std::size_t at_once = std::max<std::size_t>(1, k_tokens_at_once / sequence);
        for (std::size_t first = 0; first < items.size(); first += at_once) {
            const std::size_t count = std::min(at_once, items.size() - first);
            std::vector<std::int32_t> windows;
            for (std::size_t i = 0; i < count; ++i)
                add_window(windows, continuations[items[first + i]], sequence);
            const std::span<const float> read = losses(windows, sequence);
            for (std::size_t i = 0; i < count; ++i)
                result[items[first + i]] = sum(read.subspan(i * sequence, sequence));
        }
    }
    return result;
}

double Likelihood::surprise(std::span<const std::int32_t> tokens) {
    if (tokens.size() < 2) return 0;
    std::vector<std::int32_t> windows;
    for (std::size_t at = 0; at + 1 < tokens.size(); at += longest_) {
        const auto part = tokens.subspan(at, std::min<std::size_t>(longest_ + 1, tokens.size() - at));
        windows.insert(windows.end(), part.begin(), part.end());
        windows.resize(windows.size() + longest_ + 1 - part.size(), unpredicted(k_newline_token));
    }
    return sum(losses(windows, longest_));
}

}  // namespace dure::trainer

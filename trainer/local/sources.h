// What a training run on one machine reads: running texts, of which every token is predicted, and labelled
// examples, of which only the answer is.
//
// Promises: which windows a step trains on is a function of the sources, the seed and the step's place; every
// example is taken once an epoch. Not here: files and tokenizers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "trainer/eval/likelihood.h"

namespace dure::trainer {

/// Either a running text or labelled examples, and how large a share of the steps trains on it.
struct Source {
    std::uint32_t weight = 1;
    std::vector<std::int32_t> text;
    std::vector<Continuation> examples;

    /// Errors: `invalid` if it is neither or both, if the text is no longer than a window, if an example has
    /// no answer or one that does not fit a window behind a line feed, or for a weight of 0.
    Status check(std::uint32_t sequence) const;
    /// Names weight and contents.
    Hash fingerprint() const;
};

/// How far a source has been read.
struct SourceProgress {
    std::uint32_t steps = 0;  ///< that have trained on it
    std::uint32_t epoch = 0;
    std::uint32_t next = 0;  ///< example, in the epoch's order

    static constexpr auto fields() {
        using P = SourceProgress;
        return std::tuple(&P::steps, &P::epoch, &P::next);
    }
    friend bool operator==(const SourceProgress&, const SourceProgress&) = default;
};

/// Draws windows from a source that was checked.
class SourceReader {
  public:
    SourceReader(const Source& source, std::uint64_t seed, std::uint32_t sequence, SourceProgress progress);

    /// The windows [count, sequence + 1] of the source's next step. Windows of a text begin anywhere; windows
    /// of examples hold whole lines, as many as fit: line feed, question, answer. What is not an answer or
    /// the line feed behind it is unpredicted(). A question that is too long loses its beginning.
    std::vector<std::int32_t> next_step(std::uint32_t count);

    const SourceProgress& progress() const { return progress_; }

  private:
    void start_epoch();
    void add_text_window(std::vector<std::int32_t>& windows, std::uint32_t number) const;
    void add_example_window(std::vector<std::int32_t>& windows);

    const Source& source_;
    std::uint64_t seed_;
    std::uint32_t sequence_;
    SourceProgress progress_;
    std::vector<std::uint32_t> order_;  // of the examples in this epoch
};

}  // namespace dure::trainer

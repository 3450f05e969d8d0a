// What is said about an answer, in the wire form of OpenAI's /v1/completions: one JSON object, or a stream of
// server-sent events (WHATWG HTML, 9.2) that ends with `data: [DONE]`.
//
// The body of a stream goes out as pieces come. Its last chunk, which says why the answer ended, carries what the
// answer cost: usage, and the receipt that a whole answer has in its header.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <vector>

#include "node/api/http.h"
#include "node/roles/answer_server.h"
#include "trainer/text/tokenizer.h"

namespace dure::node {

/// What all chunks of an answer have in common, and the log-probabilities' places in its texts.
class CompletionWriter {
  public:
    explicit CompletionWriter(const AnswerStream& stream);

    /// A choice with this piece of text, without its end.
    boost::json::object choice(RunPart part);
    boost::json::object chunk(boost::json::array choices) const;
    /// Puts usage, seed and checkpoint into the answer's one object or last chunk.
    void add_total(boost::json::object& chunk, const AnswerStream& stream) const;

  private:
    boost::json::value log_probabilities(std::size_t choice, const std::vector<trainer::TokenScores>& scores);

    /// Counts the characters of a choice's text.
    struct Place {
        trainer::StreamDecoder decoder;
        std::uint64_t characters = 0;
    };
    const trainer::Tokenizer& tokenizer_;
    boost::json::object common_;
    std::vector<Place> places_;
};

const char* name_of(trainer::FinishReason reason);
boost::json::object usage_json(const CallTotal& total);
/// The value of Payment-Receipt. `challenge` is the id of the credential's.
std::string receipt_of(const CallTotal& total, const std::string& challenge);

/// A piece of the model's text that need not be whole characters, as JSON can hold it: as it is, or
/// "bytes:\xNN…" (so OpenAI writes it).
std::string token_text(const std::string& bytes);

/// The whole answer, gathered.
boost::asio::awaitable<HttpResponse> whole_completion(std::unique_ptr<AnswerStream> stream,
                                                      std::string challenge);
/// The answer as server-sent events.
HttpResponse streamed_completion(std::unique_ptr<AnswerStream> stream, bool include_usage,
                                 std::string challenge);

}  // namespace dure::node

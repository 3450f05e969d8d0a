// What is said about an answer, in the wire forms of OpenAI's /v1/completions and /v1/chat/completions: one JSON
// object, or a stream of server-sent events (WHATWG HTML, 9.2) that ends with `data: [DONE]`.
//
// The body of a stream goes out as pieces come. Its last chunk, which says why the answer ended, carries what the
// answer cost: usage, and the receipt that a whole answer has in its header. Where the answer waits for a voucher, an
// event `payment-needed` says so.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/api/http.h"
#include "node/roles/answer_server.h"
#include "trainer/text/tokenizer.h"

namespace dure::node {

/// What an answer's body needs beside the answer.
struct AnswerForm {
    bool chat = false;
    bool include_usage = false;
    std::string challenge;                           ///< the id of the credential's
    std::function<std::string()> fresh_challenge{};  ///< for vouchers, as a WWW-Authenticate value
};

/// What all chunks of an answer have in common, and the log-probabilities' places in its texts.
class CompletionWriter {
  public:
    CompletionWriter(const AnswerStream& stream, bool chat, bool streamed);

    /// A choice with this piece of text, without its end.
    boost::json::object choice(RunPart part);
    boost::json::object chunk(boost::json::array choices) const;
    /// Puts usage, seed and checkpoint into the answer's one object or last chunk.
    void add_total(boost::json::object& chunk, const AnswerStream& stream) const;
    /// Puts a further piece behind what a choice of a whole answer says.
    void append(boost::json::object& choice, RunPart part);

  private:
    boost::json::value text_scores(std::size_t choice, const std::vector<trainer::TokenScores>& scores);
    boost::json::value chat_scores(const std::vector<trainer::TokenScores>& scores) const;
    boost::json::object chat_score(const trainer::TokenScore& score) const;

    /// Counts the characters of a choice's text.
    struct Place {
        trainer::StreamDecoder decoder;
        std::uint64_t characters = 0;
        bool begun = false;
    };
    const trainer::Tokenizer& tokenizer_;
    const bool chat_;
    const bool streamed_;
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
boost::asio::awaitable<HttpResponse> whole_completion(std::unique_ptr<AnswerStream> stream, AnswerForm form);
/// The answer as server-sent events.
HttpResponse streamed_completion(std::unique_ptr<AnswerStream> stream, AnswerForm form);

}  // namespace dure::node

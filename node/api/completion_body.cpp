#include "node/api/completion_body.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <optional>
#include <random>

#include "base/bytes.h"
#include "node/api/clock.h"
#include "node/api/json_fields.h"
#include "node/api/openai_errors.h"
#include "node/api/payment.h"
#include "trainer/text/utf8.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

std::string random_id(const char* kind) {
    std::random_device device;
    std::array<std::uint8_t, 12> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(device());
    return kind + to_hex(bytes);
}

std::uint64_t count_characters(const std::string& text) {
    std::uint64_t count = 0;
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
    }
    return count;
}

std::string event(const json::value& data) {
    return "data: " + json::serialize(data) + "\n\n";
}

json::object needed_json(const CoverNeeded& needed, const AnswerForm& form) {
    json::object event{{"channelId", needed.channel.hex()},
                       {"requiredCumulative", decimal(needed.required)},
                       {"completeCumulative", decimal(needed.complete)},
                       {"acceptedCumulative", decimal(needed.accepted)},
                       {"deposit", decimal(needed.deposit)}};
    if (form.fresh_challenge) event["challenge"] = form.fresh_challenge();
    return event;
}

/// Gives the pieces as they come; when it is dropped, so is the call.
class EventSource final : public BodySource {
  public:
    EventSource(std::unique_ptr<AnswerStream> stream, AnswerForm form)
        : stream_(std::move(stream)), writer_(*stream_, form.chat, true), form_(std::move(form)) {
        finish_.resize(stream_->choices());
    }

    asio::awaitable<std::optional<std::string>> next() override {
        while (!ended_) {
            Result<std::optional<AnswerEvent>> got = co_await stream_->next();
            if (!got) {
                ended_ = true;
                co_return event(json::object{{"error", openai_error_object(problem_of(got.error()))}});
            }
            if (!*got) {
                ended_ = true;
                co_return end();
            }
            if (const auto* needed = std::get_if<CoverNeeded>(&**got))
                co_return "event: payment-needed\n" + event(needed_json(*needed, form_));
            auto& part = std::get<RunPart>(**got);
            if (part.finish) finish_[part.choice] = part.finish;
            if (part.text.empty() && part.scores.empty()) continue;
            co_return event(writer_.chunk({writer_.choice(std::move(part))}));
        }
        co_return std::nullopt;
    }

  private:
    /// Each choice's end; the last one's with what the call cost.
    std::string end() {
        std::string events;
        for (std::size_t i = 0; i < finish_.size(); ++i) {
            RunPart last;
            last.choice = i;
            json::object choice = writer_.choice(std::move(last));
            choice["finish_reason"] = name_of(finish_[i].value_or(trainer::FinishReason::length));
            json::object chunk = writer_.chunk({std::move(choice)});
            if (i + 1 == finish_.size()) {
                writer_.add_total(chunk, *stream_);
                chunk["payment_receipt"] = receipt_of(stream_->total(), form_.challenge);
                if (stream_->total().uncovered) chunk["problem"] = cut_json();
            }
            events += event(chunk);
        }
        if (form_.include_usage) {
            json::object chunk = writer_.chunk({});
            chunk["usage"] = usage_json(stream_->total());
            events += event(chunk);
        }
        return events + "data: [DONE]\n\n";
    }

    static json::object cut_json() {
        return {
            {"type", "https://paymentauth.org/problems/session/insufficient-balance"},
            {"title", "The voucher does not cover the whole answer"},
            {"status", 402},
            {"detail",
             "the answer ends where its cover ended: no higher voucher came in time, or its channel closes"},
            {"code", "insufficient-balance"}};
    }

    const std::unique_ptr<AnswerStream> stream_;
    CompletionWriter writer_;
    const AnswerForm form_;
    std::vector<std::optional<trainer::FinishReason>> finish_;
    bool ended_ = false;
};

/// Puts two pieces' log-probabilities behind each other; each list of `more` continues that of `all`.
void append_lists(json::value& all, json::value& more) {
    if (more.is_null()) return;
    if (all.is_null()) {
        all = std::move(more);
        return;
    }
    for (auto& [name, list] : more.get_object()) {
        json::value& target = all.get_object()[name];
        if (!list.is_array()) continue;
        for (json::value& item : list.get_array())
            target.get_array().push_back(std::move(item));
    }
}

}  // namespace

const char* name_of(trainer::FinishReason reason) {
    return reason == trainer::FinishReason::stop ? "stop" : "length";
}

json::object usage_json(const CallTotal& total) {
    return {{"prompt_tokens", total.input_tokens},
            {"completion_tokens", total.output_tokens},
            {"total_tokens", total.input_tokens + total.output_tokens}};
}

std::string receipt_of(const CallTotal& total, const std::string& challenge) {
    PaymentReceipt receipt;
    receipt.intent = total.transaction ? k_intent_charge : k_intent_session;
    receipt.challenge = challenge;
    receipt.timestamp = rfc3339(unix_seconds());
    receipt.reference = total.transaction.value_or(total.account.channel);
    receipt.transaction = total.transaction;
    receipt.cost = total.cost;
    receipt.spent = total.account.spent;
    receipt.cumulative = total.account.cumulative;
    receipt.input_tokens = total.input_tokens;
    receipt.output_tokens = total.output_tokens;
    if (total.receipt) receipt.inference_receipt = base64url_encode(as_text(encode(*total.receipt)));
    return encode_receipt(receipt);
}

std::string token_text(const std::string& bytes) {
    std::string rest = bytes;
    if (trainer::take_whole_characters(rest) == bytes) return bytes;
    std::string text = "bytes:";
    for (const char c : bytes) {
        const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(c)};
        text += "\\x" + to_hex(byte);
    }
    return text;
}

CompletionWriter::CompletionWriter(const AnswerStream& stream, bool chat, bool streamed)
    : tokenizer_(stream.tokenizer()),
      chat_(chat),
      streamed_(streamed),
      common_({{"id", random_id(chat ? "chatcmpl-" : "cmpl-")},
               {"object", !chat      ? "text_completion"
                          : streamed ? "chat.completion.chunk"
                                     : "chat.completion"},
               {"created", unix_seconds()},
               {"model", "dure-" + stream.checkpoint().root.hex().substr(0, 16)}}),
      places_(stream.choices(), Place{trainer::StreamDecoder(tokenizer_, stream.at_line_start()), 0, false}) {
}

json::object CompletionWriter::choice(RunPart part) {
    json::object choice{{"index", part.choice}};
    if (!chat_) {
        choice["text"] = std::move(part.text);
        choice["logprobs"] = text_scores(part.choice, part.scores);
    } else {
        json::object said;
        if (!std::exchange(places_[part.choice].begun, true)) said["role"] = "assistant";
        if (!streamed_ || !part.text.empty()) said["content"] = std::move(part.text);
        if (!streamed_) said["refusal"] = nullptr;
        choice[streamed_ ? "delta" : "message"] = std::move(said);
        choice["logprobs"] = chat_scores(part.scores);
    }
    choice["finish_reason"] = nullptr;
    return choice;
}

void CompletionWriter::append(json::object& choice, RunPart part) {
    json::value scores = chat_ ? chat_scores(part.scores) : text_scores(part.choice, part.scores);
    append_lists(choice["logprobs"], scores);
    json::value& text = chat_ ? choice["message"].get_object()["content"] : choice["text"];
    text.get_string().append(part.text);
    if (part.finish) choice["finish_reason"] = name_of(*part.finish);
}

json::object CompletionWriter::chunk(json::array choices) const {
    json::object chunk = common_;
    chunk["choices"] = std::move(choices);
    return chunk;
}

void CompletionWriter::add_total(json::object& chunk, const AnswerStream& stream) const {
    chunk["usage"] = usage_json(stream.total());
    chunk["seed"] = stream.seed();
    chunk["checkpoint_root"] = stream.checkpoint().root.hex();
    chunk["checkpoint_round"] = stream.checkpoint().round.value;
}

json::value CompletionWriter::text_scores(std::size_t choice,
                                          const std::vector<trainer::TokenScores>& scores) {
    if (scores.empty()) return nullptr;
    Place& place = places_[choice];
    json::array tokens;
    json::array chosen;
    json::array top;
    json::array offsets;
    const auto text_of = [&](trainer::Token token) { return token_text(tokenizer_.piece_bytes(token)); };
    for (const trainer::TokenScores& score : scores) {
        tokens.push_back(json::value(text_of(score.chosen.token)));
        chosen.push_back(score.chosen.log_probability);
        offsets.push_back(place.characters);
        place.characters += count_characters(place.decoder.push(score.chosen.token));
        if (score.top.empty()) {
            top.push_back(nullptr);
            continue;
        }
        json::object likeliest;
        for (const trainer::TokenScore& one : score.top)
            likeliest.emplace(text_of(one.token), one.log_probability);  // the likelier of equal texts stays
        likeliest.emplace(text_of(score.chosen.token), score.chosen.log_probability);
        top.push_back(std::move(likeliest));
    }
    return json::object{{"tokens", std::move(tokens)},
                        {"token_logprobs", std::move(chosen)},
                        {"top_logprobs", std::move(top)},
                        {"text_offset", std::move(offsets)}};
}

json::object CompletionWriter::chat_score(const trainer::TokenScore& score) const {
    const std::string bytes = tokenizer_.piece_bytes(score.token);
    json::array numbers;
    for (const char c : bytes)
        numbers.push_back(static_cast<std::uint8_t>(c));
    return {{"token", token_text(bytes)}, {"logprob", score.log_probability}, {"bytes", std::move(numbers)}};
}

json::value CompletionWriter::chat_scores(const std::vector<trainer::TokenScores>& scores) const {
    if (scores.empty()) return nullptr;
    json::array content;
    for (const trainer::TokenScores& score : scores) {
        json::object token = chat_score(score.chosen);
        json::array top;
        for (const trainer::TokenScore& one : score.top)
            top.push_back(chat_score(one));
        token["top_logprobs"] = std::move(top);
        content.push_back(std::move(token));
    }
    return json::object{{"content", std::move(content)}, {"refusal", nullptr}};
}

asio::awaitable<HttpResponse> whole_completion(std::unique_ptr<AnswerStream> stream, AnswerForm form) {
    CompletionWriter writer(*stream, form.chat, false);
    json::array choices;
    for (std::size_t i = 0; i < stream->choices(); ++i) {
        RunPart nothing;
        nothing.choice = i;
        choices.push_back(writer.choice(std::move(nothing)));
    }
    while (true) {
        Result<std::optional<AnswerEvent>> got = co_await stream->next();
        if (!got) co_return respond_openai(got.error());
        if (!*got) break;
        if (auto* part = std::get_if<RunPart>(&**got))
            writer.append(choices[part->choice].get_object(), std::move(*part));
    }
    for (json::value& choice : choices) {  // of an answer that was cut
        json::value& reason = choice.get_object()["finish_reason"];
        if (reason.is_null()) reason = name_of(trainer::FinishReason::length);
    }
    json::object body = writer.chunk(std::move(choices));
    writer.add_total(body, *stream);
    HttpResponse response = respond(json::value(std::move(body)));
    response.headers.emplace_back("Payment-Receipt", receipt_of(stream->total(), form.challenge));
    response.headers.emplace_back("Cache-Control", "private");
    co_return response;
}

HttpResponse streamed_completion(std::unique_ptr<AnswerStream> stream, AnswerForm form) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.source = std::make_shared<EventSource>(std::move(stream), std::move(form));
    return response;
}

}  // namespace dure::node

#include "tools/dure/paying/signed_receipt.h"

#include <boost/json.hpp>

#include "base/codec.h"
#include "node/api/base64url.h"
#include "tools/dure/api.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

const json::value* content_of(const json::value& choice) {
    for (const char* place : {"text", "delta.content", "message.content"})
        if (const json::value* const found = find_at(choice, place); found != nullptr && found->is_string())
            return found;
    return nullptr;
}

}  // namespace

void AnswerTexts::add(const json::value& value) {
    for (const json::value& choice : list_at(value, "choices")) {
        const std::uint64_t index = number_at(choice, "index");
        const json::value* const content = content_of(choice);
        if (content == nullptr || index >= texts_.size()) continue;
        const json::string& piece = content->get_string();
        if (texts_[index].size() + piece.size() > ledger::k_max_answer_text_bytes) {
            too_long_ = true;
            continue;
        }
        texts_[index].append(piece.data(), piece.size());
    }
}

void AnswerTexts::add(std::string_view whole_body) {
    boost::system::error_code bad;
    const json::value value = json::parse(whole_body, bad);
    if (!bad) add(value);
}

Hash AnswerTexts::hash(std::size_t choices) const {
    if (too_long_ || choices > texts_.size()) return {};
    std::vector<ledger::AnswerChoice> said(choices);
    for (std::size_t i = 0; i < choices; ++i)
        said[i].text = texts_[i];
    return ledger::InferenceOutcome::of(said).text;
}

Status check_signed_receipt(const node::PaymentReceipt& receipt, const Hash& chain_id, const Account& server,
                            const Account& payer, const AnswerTexts& texts) {
    if (receipt.inference_receipt.empty()) return {};
    const auto wrong = [](const std::string& what) {
        return Error{ErrorCode::invalid, "the receipt that the server signed about its answer " + what};
    };
    const Result<std::string> bytes = node::base64url_decode(receipt.inference_receipt);
    if (!bytes) return wrong("cannot be read: " + bytes.error().message);
    const Result<ledger::InferenceReceipt> read = decode<ledger::InferenceReceipt>(as_bytes(*bytes));
    if (!read) return wrong("cannot be read: " + read.error().message);
    const ledger::InferenceStatement& said = read->statement;
    if (said.server != server || !read->is_signed()) return wrong("is not signed by this server");
    if (said.chain_id != chain_id) return wrong("is of another chain");
    if (said.payer != payer) return wrong("names another payer");
    if (said.payment != receipt.reference) return wrong("names another channel");
    if (said.cost != receipt.cost || said.input_tokens != receipt.input_tokens ||
        said.output_tokens != receipt.output_tokens)
        return wrong("names another price or another count of tokens than it was paid for");
    if (said.outcome.text != texts.hash(said.outcome.ends.size()))
        return wrong("names another answer than the one that came");
    return {};
}

}  // namespace dure::tools

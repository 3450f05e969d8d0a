#include "tools/dure/paying.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "ledger/records/channel.h"
#include "node/api/json_fields.h"
#include "tools/dure/event_stream.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace json = boost::json;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t k_max_book_bytes = std::size_t{16} << 20;
constexpr std::chrono::seconds k_answer_patience{120};
/// A server follows the chain on its own: it may know of a channel a little later than the node that we
/// asked.
constexpr int k_tries_for_fresh_channel = 20;

/// A server takes each voucher once, so the next one must promise more than the last, also after a call that
/// failed.
Coin next_promise(const OwnChannel& channel, const node::SessionTerms& terms) {
    return std::max(channel.promised + Coin{1}, channel.spent + channel.uncertain + terms.maximum_cost);
}

Result<OwnChannel> read_channel(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return Error{ErrorCode::corrupt, "an entry is not an object"};
    node::JsonFields fields(*object);
    OwnChannel channel;
    DURE_TRY(channel.chain_id, fields.hash("chain_id"));
    DURE_TRY(channel.payer, fields.account("payer"));
    DURE_TRY(channel.server, fields.account("server"));
    DURE_TRY(channel.id, fields.hash("channel"));
    DURE_TRY(channel.deposit, fields.coin("deposit"));
    DURE_TRY(channel.spent, fields.coin("spent"));
    DURE_TRY(channel.promised, fields.coin("promised"));
    if (fields.has("uncertain")) {
        DURE_TRY(channel.uncertain, fields.coin("uncertain"));
    }
    return channel;
}

/// A channel to this server that covers `needed`: a known one, topped up where it is too small, or a new one.
Result<OwnChannel*> covering_channel(Api& api, const SecretKey& payer, ChannelBook& book,
                                     const node::SessionTerms& terms, const PaymentLimits& limits,
                                     std::string& opening) {
    OwnChannel* known = book.find(terms.chain_id, payer.account(), terms.server);
    if (known != nullptr) {
        auto record = api.get("/v1/channels/" + known->id.hex());
        const bool usable = record && text_at(*record, "withdrawable").empty();
        if (!record && record.error().code != ErrorCode::not_found) return record.error();
        if (!usable) {
            book.forget(known->id);
            known = nullptr;
        }
    }
    if (known == nullptr) {
        const Coin deposit = std::max(limits.deposit, terms.maximum_cost);
        DURE_TRY(opening, api.submit(payer, ledger::OpenChannel{terms.server, deposit}, limits.fee));
        DURE_TRY(const Hash transaction, Hash::from_hex(opening));
        DURE_CHECK(api.wait_for(opening, std::chrono::seconds(60)));
        book.add({terms.chain_id, payer.account(), terms.server, ledger::channel_id(transaction), deposit,
                  Coin{}, Coin{}, Coin{}});
        DURE_CHECK(book.save());
        return book.find(terms.chain_id, payer.account(), terms.server);
    }
    const Coin needed = next_promise(*known, terms);
    if (known->deposit < needed) {
        const Coin more = std::max(limits.deposit, needed - known->deposit);
        DURE_CHECK(api.send(payer, ledger::TopUpChannel{known->id, more}, limits.fee));
        known->deposit += more;
        DURE_CHECK(book.save());
    }
    return known;
}

/// What came of a call that was paid for.
struct Answered {
    HttpResponse response;
    json::value completion;
    std::string text;
    std::string receipt;
    std::optional<Error> refusal;  ///< the server's own word that it answers nothing and charges nothing
};

Result<Answered> read_whole(HttpResponse response) {
    boost::system::error_code bad;
    Answered answered;
    answered.completion = json::parse(response.body, bad);
    if (bad) return Error{ErrorCode::internal, "the server's answer is not JSON: " + bad.message()};
    answered.receipt = response.header("payment-receipt");
    const auto& choices = list_at(answered.completion, "choices");
    if (!choices.empty()) answered.text = text_at(choices.front(), "text");
    answered.response = std::move(response);
    return answered;
}

/// Puts a stream's chunks together while they come.
class StreamedAnswer {
  public:
    explicit StreamedAnswer(const std::function<void(std::string_view)>& on_text)
        : on_text_(on_text), events_([this](std::string_view data) { take(data); }) {}

    void push(std::string_view bytes) {
        if (status_) status_ = events_.push(bytes);
    }

    /// Errors: what the server said in the stream; `unavailable` for one that broke off.
    Result<Answered> finish(HttpResponse response) {
        DURE_CHECK(status_);
        if (!done_) return Error{ErrorCode::unavailable, "the answer broke off before its end"};
        answered_.response = std::move(response);
        return std::move(answered_);
    }

  private:
    void take(std::string_view data) {
        if (!status_) return;
        if (data == "[DONE]") {
            done_ = true;
            return;
        }
        boost::system::error_code bad;
        json::value chunk = json::parse(data, bad);
        if (bad) {
            status_ = Error{ErrorCode::internal, "a part of the answer is not JSON: " + bad.message()};
            return;
        }
        if (find_at(chunk, "error") != nullptr) {
            status_ = Error{ErrorCode::unavailable, text_at(chunk, "error.message")};
            return;
        }
        const auto& choices = list_at(chunk, "choices");
        const std::string text = choices.empty() ? "" : text_at(choices.front(), "text");
        if (!text.empty()) on_text_(text);
        answered_.text += text;
        if (find_at(chunk, "payment_receipt") == nullptr) return;
        answered_.receipt = text_at(chunk, "payment_receipt");
        answered_.completion = std::move(chunk);
    }

    const std::function<void(std::string_view)>& on_text_;
    EventStream events_;
    Answered answered_;
    Status status_;
    bool done_ = false;
};

Result<node::PaymentChallenge> challenge_of(const HttpResponse& offer) {
    std::vector<std::string> headers;
    for (const auto& [name, value] : offer.headers) {
        if (name == "www-authenticate") headers.push_back(value);
    }
    return node::find_challenge(headers, node::k_intent_session);
}

/// Sends a paid request.
Result<Answered> send_paid(Api& server, const std::string& body, const std::string& authorization,
                           bool channel_is_fresh, const std::function<void(std::string_view)>& on_text) {
    const HttpClient::Headers headers{{"content-type", "application/json"}, {"authorization", authorization}};
    for (int attempt = 1;; ++attempt) {
        StreamedAnswer streamed(on_text);
        HttpClient::OnPart on_part;
        if (on_text) on_part = [&](std::string_view part) { streamed.push(part); };
        DURE_TRY(HttpResponse response,
                 server.exchange(http::verb::post, "/v1/completions", body, headers, on_part));
        if (response.status >= 200 && response.status < 300)
            return on_text ? streamed.finish(std::move(response)) : read_whole(std::move(response));
        const bool not_yet_known = channel_is_fresh && (response.status == 402 || response.status == 404);
        if (!not_yet_known || attempt == k_tries_for_fresh_channel) {
            Answered refused;
            refused.refusal = error_of(response);
            return refused;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
}

}  // namespace

Result<ChannelBook> ChannelBook::open(const std::filesystem::path& folder) {
    ChannelBook book(folder / "channels.json");
    std::error_code error;
    if (!std::filesystem::exists(book.file_, error)) return book;
    DURE_TRY(const std::string text, read_file(book.file_, k_max_book_bytes));
    boost::system::error_code bad;
    const json::value value = json::parse(text, bad);
    if (bad) return Error{ErrorCode::corrupt, book.file_.string() + " is not JSON: " + bad.message()};
    for (const auto& entry : list_at(value, "channels")) {
        auto channel = read_channel(entry);
        if (!channel) return with_context(channel.error(), book.file_.string());
        book.channels_.push_back(*channel);
    }
    return book;
}

OwnChannel* ChannelBook::find(const Hash& chain_id, const Account& payer, const Account& server) {
    const auto found = std::find_if(channels_.begin(), channels_.end(), [&](const OwnChannel& channel) {
        return channel.chain_id == chain_id && channel.payer == payer && channel.server == server;
    });
    return found == channels_.end() ? nullptr : &*found;
}

OwnChannel* ChannelBook::find(const Hash& id) {
    const auto found = std::find_if(channels_.begin(), channels_.end(),
                                    [&](const OwnChannel& channel) { return channel.id == id; });
    return found == channels_.end() ? nullptr : &*found;
}

void ChannelBook::forget(const Hash& id) {
    channels_.erase(std::remove_if(channels_.begin(), channels_.end(),
                                   [&](const OwnChannel& channel) { return channel.id == id; }),
                    channels_.end());
}

Status ChannelBook::save() const {
    json::array list;
    for (const OwnChannel& channel : channels_) {
        list.push_back({{"chain_id", channel.chain_id.hex()},
                        {"payer", channel.payer.address()},
                        {"server", channel.server.address()},
                        {"channel", channel.id.hex()},
                        {"deposit", node::decimal(channel.deposit)},
                        {"spent", node::decimal(channel.spent)},
                        {"promised", node::decimal(channel.promised)},
                        {"uncertain", node::decimal(channel.uncertain)}});
    }
    return replace_private_file(file_, pretty(json::object{{"channels", std::move(list)}}));
}

node::VoucherPayload make_voucher(const SecretKey& payer, const Hash& chain_id, const Hash& channel,
                                  Coin cumulative) {
    return {channel, cumulative, payer.sign(ledger::voucher_digest(chain_id, channel, cumulative))};
}

Result<node::PaymentChallenge> voucher_challenge(Api& server) {
    DURE_TRY(const HttpResponse offer, server.exchange(http::verb::post, "/v1/payments/vouchers"));
    if (offer.status != 402) return error_of(offer);
    return challenge_of(offer);
}

Result<PaidAnswer> ask_and_pay(Api& server, const SecretKey& payer, ChannelBook& book, json::object request,
                               const PaymentLimits& limits,
                               const std::function<void(std::string_view)>& on_text) {
    if (on_text) request["stream"] = true;
    const std::string body = json::serialize(request);
    const HttpClient::Headers plain{{"content-type", "application/json"}};
    server.set_timeout(k_answer_patience);
    DURE_TRY(const HttpResponse offer, server.exchange(http::verb::post, "/v1/completions", body, plain));
    if (offer.status != 402) {
        if (offer.status >= 200 && offer.status < 300)
            return Error{ErrorCode::invalid, "the server answers without payment; nothing was paid"};
        return error_of(offer);
    }
    DURE_TRY(const node::PaymentChallenge challenge, challenge_of(offer));
    DURE_TRY(const node::SessionTerms terms, node::session_terms(challenge));
    DURE_TRY(const json::value status, server.get("/v1/status"));
    if (text_at(status, "chain_id") != terms.chain_id.hex()) {
        return Error{ErrorCode::invalid,
                     "the server asks for payment on another chain (" + terms.chain_id.hex() + ")"};
    }
    if (terms.maximum_cost > limits.max_cost) {
        return Error{ErrorCode::insufficient, "this call may cost " + to_text(terms.maximum_cost) +
                                                  " DURE, more than --max-cost " + to_text(limits.max_cost) +
                                                  "; raise it, or ask for fewer --max-tokens"};
    }
    PaidAnswer paid;
    DURE_TRY(OwnChannel* const channel, covering_channel(server, payer, book, terms, limits, paid.opening));
    // Until there is a receipt the call may have cost anything up to its cover.
    const Coin promise = next_promise(*channel, terms);
    const Coin spent_before_max = channel->spent + channel->uncertain;
    channel->promised = promise;
    channel->uncertain += terms.maximum_cost;
    DURE_CHECK(book.save());
    paid.voucher = make_voucher(payer, terms.chain_id, channel->id, promise);
    paid.authorization = node::encode_credential({challenge, payer.account(), paid.voucher});
    DURE_TRY(Answered answered, send_paid(server, body, paid.authorization, !paid.opening.empty(), on_text));
    if (answered.refusal) {
        channel->uncertain -= terms.maximum_cost;
        DURE_CHECK(book.save());
        return *answered.refusal;
    }
    paid.completion = std::move(answered.completion);
    paid.text = std::move(answered.text);
    DURE_TRY(paid.receipt, node::decode_receipt(answered.receipt));
    const Coin most = spent_before_max + paid.receipt.cost;
    const bool honest = paid.receipt.reference == channel->id && paid.receipt.spent <= promise &&
                        paid.receipt.cost <= terms.maximum_cost && paid.receipt.spent <= most &&
                        paid.receipt.spent >= channel->spent + paid.receipt.cost;
    if (!honest) {
        return Error{ErrorCode::invalid, "the server's receipt claims " + to_text(paid.receipt.cost) +
                                             " DURE for this call and " + to_text(paid.receipt.spent) +
                                             " in all, but " + to_text(channel->spent) + " to " +
                                             to_text(spent_before_max) +
                                             " was spent before; do not use this server again"};
    }
    channel->spent = paid.receipt.spent;
    channel->uncertain = Coin{};
    DURE_CHECK(book.save());
    return paid;
}

}  // namespace dure::tools

#include "tools/dure/paying.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "ledger/records/channel.h"
#include "node/api/json_fields.h"
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

std::string grain(Coin coin) {
    return std::to_string(coin.value);
}

/// A server takes each voucher once, so the next one must promise more than the last, also after a call that
/// failed.
Coin next_promise(const OwnChannel& channel, const node::PaymentChallenge& challenge) {
    return std::max(channel.promised + Coin{1}, channel.spent + challenge.minimum_cover);
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
    return channel;
}

/// A channel to this server that covers `needed`: a known one, topped up where it is too small, or a new one.
Result<OwnChannel*> covering_channel(Api& api, const SecretKey& payer, ChannelBook& book,
                                     const node::PaymentChallenge& challenge, const PaymentLimits& limits,
                                     std::string& opening) {
    OwnChannel* known = book.find(challenge.chain_id, payer.account(), challenge.server);
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
        const Coin deposit = std::max(limits.deposit, challenge.minimum_cover);
        DURE_TRY(opening, api.submit(payer, ledger::OpenChannel{challenge.server, deposit}, limits.fee));
        DURE_TRY(const Hash transaction, Hash::from_hex(opening));
        DURE_CHECK(api.wait_for(opening, std::chrono::seconds(60)));
        book.add({challenge.chain_id, payer.account(), challenge.server, ledger::channel_id(transaction),
                  deposit, Coin{}, Coin{}});
        DURE_CHECK(book.save());
        return book.find(challenge.chain_id, payer.account(), challenge.server);
    }
    const Coin needed = next_promise(*known, challenge);
    if (known->deposit < needed) {
        const Coin more = std::max(limits.deposit, needed - known->deposit);
        DURE_CHECK(api.send(payer, ledger::TopUpChannel{known->id, more}, limits.fee));
        known->deposit += more;
        DURE_CHECK(book.save());
    }
    return known;
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
                        {"deposit", grain(channel.deposit)},
                        {"spent", grain(channel.spent)},
                        {"promised", grain(channel.promised)}});
    }
    return replace_private_file(file_, pretty(json::object{{"channels", std::move(list)}}));
}

node::PaymentCredential make_voucher(const SecretKey& payer, const Hash& chain_id, const Hash& channel,
                                     Coin cumulative) {
    return {channel, cumulative, payer.sign(ledger::voucher_digest(chain_id, channel, cumulative))};
}

Result<PaidAnswer> ask_and_pay(Api& server, const SecretKey& payer, ChannelBook& book,
                               const json::object& request, const PaymentLimits& limits) {
    const std::string body = json::serialize(request);
    const HttpClient::Headers plain{{"content-type", "application/json"}};
    server.set_timeout(k_answer_patience);
    DURE_TRY(const HttpResponse offer, server.exchange(http::verb::post, "/v1/completions", body, plain));
    if (offer.status != 402) {
        if (offer.status >= 200 && offer.status < 300)
            return Error{ErrorCode::invalid, "the server answers without payment; nothing was paid"};
        return error_of(offer);
    }
    DURE_TRY(const node::PaymentChallenge challenge,
             node::decode_challenge(offer.header("www-authenticate")));
    DURE_TRY(const json::value status, server.get("/v1/status"));
    if (text_at(status, "chain_id") != challenge.chain_id.hex()) {
        return Error{ErrorCode::invalid,
                     "the server asks for payment on another chain (" + challenge.chain_id.hex() + ")"};
    }
    if (challenge.minimum_cover > limits.max_cost) {
        return Error{ErrorCode::insufficient, "this call may cost " + to_text(challenge.minimum_cover) +
                                                  " DURE, more than --max-cost " + to_text(limits.max_cost) +
                                                  "; raise it, or ask for fewer --max-tokens"};
    }
    PaidAnswer paid;
    DURE_TRY(OwnChannel* const channel,
             covering_channel(server, payer, book, challenge, limits, paid.opening));
    const Coin promise = next_promise(*channel, challenge);
    channel->promised = promise;
    DURE_CHECK(book.save());
    paid.voucher = make_voucher(payer, challenge.chain_id, channel->id, promise);
    const HttpClient::Headers with_voucher{{"content-type", "application/json"},
                                           {"authorization", node::encode_credential(paid.voucher)}};
    HttpResponse answer;
    for (int attempt = 0; attempt < k_tries_for_fresh_channel; ++attempt) {
        DURE_TRY(answer, server.exchange(http::verb::post, "/v1/completions", body, with_voucher));
        const bool not_yet_known = !paid.opening.empty() && (answer.status == 402 || answer.status == 404);
        if (!not_yet_known) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    if (answer.status < 200 || answer.status >= 300) return error_of(answer);
    boost::system::error_code bad;
    paid.completion = json::parse(answer.body, bad);
    if (bad) return Error{ErrorCode::internal, "the server's answer is not JSON: " + bad.message()};
    DURE_TRY(paid.receipt, node::decode_receipt(answer.header("payment-receipt")));
    const bool honest = paid.receipt.channel == channel->id && paid.receipt.spent <= promise &&
                        paid.receipt.spent == channel->spent + paid.receipt.cost &&
                        paid.receipt.cost <= challenge.minimum_cover;
    if (!honest) {
        return Error{ErrorCode::invalid, "the server's receipt claims " + to_text(paid.receipt.cost) +
                                             " DURE for this call and " + to_text(paid.receipt.spent) +
                                             " in all, but " + to_text(channel->spent) +
                                             " was spent before; do not use this server again"};
    }
    channel->spent = paid.receipt.spent;
    DURE_CHECK(book.save());
    const auto& choices = list_at(paid.completion, "choices");
    paid.text = choices.empty() ? "" : text_at(choices.front(), "text");
    return paid;
}

}  // namespace dure::tools

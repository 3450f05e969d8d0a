// Signed transfers that a chain commits in a second ÷ raw Schnorr verifications in a second of the same cores, taken between
// the turns: one validator, transfers handed in by 1,000 a request, and one by one; and four validators, each of which checks
// everything, on the same cores (a quarter would be the limit). From the first request to the last transfer's being final and
// durable; clients and validators share the cores.
//
// usage: bench_transfers [--json FILE]
#include <atomic>
#include <boost/asio.hpp>
#include <charconv>
#include <iostream>
#include <optional>
#include <thread>

#include "base/codec.h"
#include "ledger/execution.h"
#include "node/chain/chain.h"
#include "tools/bench/figures.h"
#include "tools/bench/folder.h"
#include "tools/bench/ledger_chain.h"
#include "tools/bench/node_group.h"
#include "tools/bench/timing.h"

namespace dure::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t k_payers = 400;
constexpr std::size_t k_turns = 5;
constexpr double k_patience_seconds = 60;

struct Plan {
    std::size_t validators;
    std::size_t transfers;    ///< a turn
    std::size_t per_request;  ///< 1: without a list
    std::size_t connections;
};

SecretKey payer_key(std::size_t number) {
    return SecretKey::from_seed("bench payer " + std::to_string(number));
}

unsigned cores() {
    return std::max(1U, std::thread::hardware_concurrency());
}

/// Of all cores together, with the payers' keys parsed once.
double verifications_per_second(const std::vector<protocol::Transaction>& transactions) {
    constexpr std::size_t k_of_each = 5'000;
    std::vector<Hash> ids;
    for (const protocol::Transaction& one : transactions)
        ids.push_back(transaction_id(one));
    std::vector<VerifyingKey> keys;
    for (std::size_t i = 0; i < k_payers; ++i)
        keys.push_back(VerifyingKey::parse(transactions[i].body.sender).value());
    std::atomic<std::size_t> good{0};
    const double seconds = seconds_of([&] {
        std::vector<std::jthread> threads;
        for (unsigned core = 0; core < cores(); ++core) {
            threads.emplace_back([&] {
                for (std::size_t i = 0; i < k_of_each; ++i) {
                    const std::size_t place = i % transactions.size();
                    good += keys[place % k_payers].verify(ByteView(ids[place].bytes),
                                                          transactions[place].signature)
                                ? 1
                                : 0;
                }
            });
        }
    });
    if (good != cores() * k_of_each) return 0;
    return static_cast<double>(good) / seconds;
}

/// Signs one turn's transfers: the payers in turn, each with its next nonces.
std::vector<protocol::Transaction> signed_transfers(const Hash& chain_id, std::size_t count,
                                                    std::uint64_t first_nonce) {
    std::vector<SecretKey> keys;
    for (std::size_t i = 0; i < k_payers; ++i)
        keys.push_back(payer_key(i));
    std::vector<protocol::Transaction> made(count);
    std::vector<std::jthread> threads;
    for (unsigned core = 0; core < cores(); ++core) {
        threads.emplace_back([&, core] {
            for (std::size_t i = core; i < count; i += cores()) {
                const SecretKey& key = keys[i % k_payers];
                made[i] = protocol::sign_transaction(
                    unsigned_transfer(chain_id, key.account(), first_nonce + i / k_payers, keyless_account(i))
                        .body,
                    key);
            }
        });
    }
    return made;
}

std::vector<std::string> requests_of(std::span<const protocol::Transaction> transactions,
                                     std::size_t per_request) {
    std::vector<std::string> requests;
    for (std::size_t first = 0; first < transactions.size(); first += per_request) {
        std::string body = per_request == 1 ? R"({"transaction":)" : R"({"transactions":[)";
        const std::size_t end = std::min(first + per_request, transactions.size());
        for (std::size_t i = first; i < end; ++i)
            body += (i > first ? ",\"" : "\"") + to_hex(encode(transactions[i])) + "\"";
        body += per_request == 1 ? "}" : "]}";
        requests.push_back(
            "POST /v1/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
            "application/json\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    return requests;
}

/// Reads one answer, and no more: nobody sends two. Returns its status line; empty if the line broke.
asio::awaitable<std::string> read_answer(tcp::socket& socket, std::string& buffer) {
    boost::system::error_code failure;
    buffer.clear();
    const std::size_t head = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(buffer), "\r\n\r\n", asio::redirect_error(asio::use_awaitable, failure));
    if (failure) co_return std::string();
    constexpr std::string_view k_length = "Content-Length: ";
    const std::size_t at = buffer.find(k_length);
    if (at == std::string::npos || at > head) co_return std::string();
    std::size_t length = 0;
    std::from_chars(buffer.data() + at + k_length.size(), buffer.data() + head, length);
    if (buffer.size() < head + length) {
        const std::size_t missing = head + length - buffer.size();
        co_await asio::async_read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(missing),
                                  asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return std::string();
    }
    co_return buffer.substr(0, buffer.find("\r\n"));
}

/// Sends a node its requests over a few connections, each the next one when it has an answer.
asio::awaitable<void> hand_in(tcp::socket& socket, const std::vector<std::string>& requests,
                              std::size_t& next, std::string& complaint) {
    std::string buffer;
    boost::system::error_code failure;
    while (next < requests.size() && complaint.empty()) {
        const std::string& request = requests[next++];
        co_await asio::async_write(socket, asio::buffer(request),
                                   asio::redirect_error(asio::use_awaitable, failure));
        const std::string status = co_await read_answer(socket, buffer);
        if (!status.starts_with("HTTP/1.1 20")) complaint = "a node answered: " + status + " " + buffer;
    }
}

/// What one node has made final of the transfers.
struct Ledger {
    std::atomic<std::size_t> good{0};
    std::atomic<std::size_t> failed{0};
    std::atomic<std::size_t> blocks{0};
};

class Bench {
  public:
    static Result<std::unique_ptr<Bench>> start(const std::filesystem::path& folder, const Plan& plan) {
        NodeGroupOptions options{.validators = plan.validators,
                                 .signature_threads = plan.validators == 1 ? cores() : 1};
        for (std::size_t i = 0; i < k_payers; ++i)
            options.balances.push_back({payer_key(i).account(), Coin{1'000 * k_grain_per_dure}});
        DURE_TRY(auto group, NodeGroup::start(folder, options));
        std::unique_ptr<Bench> bench(new Bench(plan, std::move(group)));
        DURE_CHECK(bench->await_first_blocks());
        return bench;
    }

    /// Committed transfers ÷ raw verifications of one turn.
    Result<double> turn() {
        const auto transactions = signed_transfers(group_->chain_id(), plan_.transfers, nonce_);
        nonce_ += plan_.transfers / k_payers;
        std::vector<std::vector<std::string>> requests;  // of each node
        const std::size_t share = plan_.transfers / plan_.validators;
        for (std::size_t i = 0; i < plan_.validators; ++i)
            requests.push_back(
                requests_of(std::span(transactions).subspan(i * share, share), plan_.per_request));
        const double before = verifications_per_second(transactions);
        const std::size_t expected = ledgers_.front()->good + plan_.transfers;
        const std::size_t blocks = ledgers_.front()->blocks;

        const double began = seconds_now();
        DURE_CHECK(hand_in_all(requests));
        handed_in.add(static_cast<double>(plan_.transfers) / (seconds_now() - began));
        DURE_CHECK(await_good(expected));
        const double rate = static_cast<double>(plan_.transfers) / (seconds_now() - began);
        per_block.add(static_cast<double>(plan_.transfers) /
                      static_cast<double>(ledgers_.front()->blocks - blocks));

        const double raw_rate = (before + verifications_per_second(transactions)) / 2;
        committed.add(rate);
        raw.add(raw_rate);
        return rate / raw_rate;
    }

    Numbers committed;
    Numbers handed_in;
    Numbers raw;
    Numbers per_block;

  private:
    Bench(const Plan& plan, std::unique_ptr<NodeGroup> group) : plan_(plan), group_(std::move(group)) {
        for (std::size_t i = 0; i < plan_.validators; ++i) {
            ledgers_.push_back(std::make_unique<Ledger>());
            group_->on(i, [&ledger = *ledgers_.back()](node::Node& node) {
                node.chain().on_final([&ledger](const protocol::Block&, const ledger::BlockOutcome& outcome) {
                    for (const auto& result : outcome.receipts)
                        ++(result.ok ? ledger.good : ledger.failed);
                    ++ledger.blocks;
                });
                return true;
            });
        }
    }

    Status await_first_blocks() const {
        return await([&](const Ledger& ledger) { return ledger.blocks >= 3; });
    }
    Status await_good(std::size_t expected) const {
        return await([&](const Ledger& ledger) { return ledger.good >= expected || ledger.failed > 0; });
    }
    template <class Done>
    Status await(const Done& done) const {
        const double began = seconds_now();
        for (const auto& ledger : ledgers_) {
            while (!done(*ledger)) {
                if (seconds_now() - began > k_patience_seconds)
                    return Error{
                        ErrorCode::unavailable,
                        "after a minute only " + std::to_string(ledger->good) + " transfers are final"};
                std::this_thread::sleep_for(1ms);
            }
            if (ledger->failed > 0) return Error{ErrorCode::internal, "a transfer failed"};
        }
        return {};
    }

    Status hand_in_all(const std::vector<std::vector<std::string>>& requests) {
        asio::io_context io;
        std::vector<std::unique_ptr<tcp::socket>> sockets;
        std::vector<std::size_t> next(plan_.validators);
        std::string complaint;
        for (std::size_t i = 0; i < plan_.validators; ++i) {
            const std::string& api = group_->api(i);
            const auto port = static_cast<unsigned short>(std::stoul(api.substr(api.rfind(':') + 1)));
            for (std::size_t connection = 0; connection < plan_.connections; ++connection) {
                sockets.push_back(std::make_unique<tcp::socket>(io));
                sockets.back()->connect({asio::ip::address_v4::loopback(), port});
                sockets.back()->set_option(tcp::no_delay(true));
                asio::co_spawn(io, hand_in(*sockets.back(), requests[i], next[i], complaint), asio::detached);
            }
        }
        io.run();
        if (!complaint.empty()) return Error{ErrorCode::unavailable, complaint};
        return {};
    }

    Plan plan_;
    std::unique_ptr<NodeGroup> group_;
    std::vector<std::unique_ptr<Ledger>> ledgers_;
    std::uint64_t nonce_ = 0;
};

int run(int argc, const char* const* argv) {
    Figures figures("transfers", argc, argv);
    const Folder folder("transfers");
    struct Case {
        std::string name;
        Plan plan;
        double bar;
    };
    const std::vector<Case> cases{
        {"batched", {.validators = 1, .transfers = 40'000, .per_request = 1'000, .connections = 4}, 0.8},
        {"one_by_one", {.validators = 1, .transfers = 20'000, .per_request = 1, .connections = 32}, 0.55},
        {"four_validators",
         {.validators = 4, .transfers = 16'000, .per_request = 1'000, .connections = 1},
         0.2}};
    for (const Case& one : cases) {
        const auto bench = Bench::start(folder.path() / one.name, one.plan);
        if (!bench) {
            std::cerr << one.name << ": " << bench.error().message << "\n";
            return 1;
        }
        Numbers ratios;
        for (std::size_t turn = 0; turn <= k_turns; ++turn) {
            const Result<double> ratio = (*bench)->turn();
            if (!ratio) {
                std::cerr << one.name << ": " << ratio.error().message << "\n";
                return 1;
            }
            if (turn > 0) ratios.add(*ratio);  // caches are cold in the first
        }
        figures.add(one.name + "_per_verification", ratios.median(), "ratio", Bar::at_least, one.bar);
        figures.detail(one.name + "_transfers_per_second", (*bench)->committed.median());
        figures.detail(one.name + "_handed_in_per_second", (*bench)->handed_in.median());
        figures.detail(one.name + "_verifications_per_second", (*bench)->raw.median());
        figures.detail(one.name + "_transfers_per_block", (*bench)->per_block.median());
    }
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    return dure::bench::run(argc, argv);
}

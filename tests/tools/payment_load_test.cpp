// Many paid streams at the same time against one server: every one is answered to its end, and every grain is accounted
// for. 100 streams; DURE_TEST_SCALE=10 makes them 1,000.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <map>

#include "ledger/records/channel.h"
#include "ledger/transactions/payload.h"
#include "tests/support/scale.h"
#include "tests/tools/seller.h"
#include "tools/dure/api.h"
#include "tools/dure/event_stream.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"
#include "tools/dure/paying/wire.h"

namespace dure::tools {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using asio::ip::tcp;

constexpr Coin k_deposit{200'000};
constexpr std::uint64_t k_memory_bytes_max = std::uint64_t{512} << 20;

struct Stream {
    std::size_t customer = 0;
    Hash channel;
    std::string credential;
    unsigned status = 0;
    std::string body;
};

std::uint64_t memory_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    statm >> size >> resident;
    return resident * 4096;
}

asio::awaitable<void> ask(Stream& stream, tcp::endpoint server, const std::string& body) {
    beast::tcp_stream connection(co_await asio::this_coro::executor);
    connection.expires_after(std::chrono::seconds(240));
    co_await connection.async_connect(server, asio::use_awaitable);
    http::request<http::string_body> request(http::verb::post, "/v1/completions", 11);
    request.set(http::field::host, "127.0.0.1");
    request.set(http::field::content_type, "application/json");
    request.set(http::field::authorization, stream.credential);
    request.body() = body;
    request.prepare_payload();
    co_await http::async_write(connection, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> response;
    response.body_limit(boost::none);
    co_await http::async_read(connection, buffer, response, asio::use_awaitable);
    stream.status = response.get().result_int();
    stream.body = response.get().body();
}

TEST(PaymentLoad, EveryStreamIsAnsweredAndEveryGrainAccountedFor) {
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    const std::size_t count = std::min<std::size_t>(100 * test::scale(), 1'000);
    Seller seller([](node::NodeConfig& config) {
        config.max_running_calls = 64;
        config.max_waiting_calls = 2'000;
        config.max_calls_per_payer = 1'000;
    });
    Api api = *Api::open(seller.url());
    json::object request{
        {"prompt", "농부가 논에서"}, {"max_tokens", 24}, {"stream", true}, {"temperature", 1.0}, {"seed", 3}};
    const std::string body = json::serialize(request);
    while (api.exchange(http::verb::post, "/v1/completions", body)->status != 402)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto challenge = voucher_challenge(api);
    ASSERT_TRUE(challenge) << challenge.error().message;
    const auto terms = node::session_terms(*challenge);
    ASSERT_TRUE(terms);

    // A channel for each stream, opened in one batch.
    std::vector<Stream> streams(count);
    json::array openings;
    std::string last;
    for (std::size_t i = 0; i < count; ++i) {
        streams[i].customer = i % k_customers;
        const SecretKey key = customer_key(streams[i].customer);
        const protocol::Transaction opening = protocol::sign_transaction(
            ledger::make_body(terms->chain_id, key.account(), i / k_customers, k_default_fee,
                              protocol::Height{100'000}, ledger::OpenChannel{terms->server, k_deposit}),
            key);
        last = protocol::transaction_id(opening).hex();
        streams[i].channel = ledger::channel_id(protocol::transaction_id(opening));
        const node::VoucherPayload voucher =
            make_voucher(key, terms->chain_id, streams[i].channel, k_deposit);
        streams[i].credential = node::encode_credential({*challenge, key.account(), voucher});
        openings.push_back(json::string(to_hex(encode(opening))));
    }
    ASSERT_TRUE(api.post("/v1/transactions", json::serialize(json::object{{"transactions", openings}})));
    for (const Stream& stream : streams) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!api.get("/v1/channels/" + stream.channel.hex()) && std::chrono::steady_clock::now() < limit)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    const std::uint64_t memory_before = memory_bytes();
    const Url url = *Url::parse(seller.url());
    const tcp::endpoint server(asio::ip::make_address(url.host),
                               static_cast<std::uint16_t>(std::stoul(url.port)));
    asio::io_context io;
    for (Stream& stream : streams)
        asio::co_spawn(io, ask(stream, server, body), asio::detached);
    io.run();
    EXPECT_LT(memory_bytes() - std::min(memory_before, memory_bytes()), k_memory_bytes_max);

    std::string text;
    for (const Stream& stream : streams) {
        ASSERT_EQ(stream.status, 200U) << stream.body;
        std::string own;
        std::string receipt_text;
        bool done = false;
        EventStream events([&](std::string_view data) {
            if (data == "[DONE]") {
                done = true;
                return;
            }
            const json::value chunk = json::parse(data);
            EXPECT_FALSE(chunk.as_object().contains("error")) << data;
            for (const json::value& choice : list_at(chunk, "choices"))
                own += text_at(choice, "text");
            if (chunk.as_object().contains("payment_receipt"))
                receipt_text = text_at(chunk, "payment_receipt");
        });
        ASSERT_TRUE(events.push(stream.body));
        ASSERT_TRUE(done);
        if (text.empty()) text = own;
        EXPECT_EQ(own, text) << "the same seed answers the same, whatever else is answered";
        const auto receipt = node::decode_receipt(receipt_text);
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->cost.value, receipt->input_tokens * k_input_price.value +
                                           receipt->output_tokens * k_output_price.value);
        const auto channel = api.get("/v1/channels/" + stream.channel.hex());
        ASSERT_TRUE(channel);
        EXPECT_EQ(number_at(*channel, "spent"), receipt->cost.value);
    }
    // And all of it is drawn.
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::size_t settled = 0;
    while (settled < count && std::chrono::steady_clock::now() < limit) {
        const auto channel = api.get("/v1/channels/" + streams[settled].channel.hex());
        if (channel && number_at(*channel, "settled") == number_at(*channel, "spent")) {
            ++settled;
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    EXPECT_EQ(settled, count);
}

}  // namespace
}  // namespace dure::tools

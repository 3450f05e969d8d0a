// What local programs see of the proxy: OpenAI's wire form in, scripted servers behind it.
#include "tools/dure/proxy_server.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "tests/node/storage/temporary_directory.h"
#include "tests/tools/paying/fake_market.h"
#include "tools/dure/api.h"
#include "tools/dure/paying/http_pool.h"
#include "tools/dure/proxy_config.h"

namespace dure::tools {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
namespace http = boost::beast::http;
using test::FakeServer;
using test::Script;

class ProxyTest : public testing::Test {
  protected:
    ProxyTest()
        : chain_(io_),
          seller_(io_, chain_, "seller", Coin{1'000}),
          book_(*ChannelBook::open(folder_.path())) {
        PayerOptions options;
        options.node = *Url::parse(chain_.url());
        options.patience = std::chrono::seconds(5);
        payer_ = std::make_unique<Payer>(io_, book_, SecretKey::from_seed("payer"), options);
        restart({});
    }
    void restart(ProxyServerOptions options) {
        proxy_.reset();
        proxy_ = std::make_unique<ProxyServer>(io_, *payer_, std::move(options));
        ASSERT_TRUE(proxy_->start());
    }
    HttpResponse ask(http::verb method, const std::string& target, const std::string& body = {},
                     const HttpClient::Headers& headers = {}) {
        HttpAsk wanted;
        wanted.method = method;
        wanted.target = target;
        wanted.body = body;
        wanted.headers = headers;
        HttpPool pool(io_);
        HttpResponse answer;
        bool done = false;
        auto asking = pool.request(*Url::parse("http://" + proxy_->endpoint()), std::move(wanted));
        asio::co_spawn(io_, std::move(asking), [&](std::exception_ptr thrown, Result<HttpResponse> response) {
            EXPECT_FALSE(thrown);
            if (response) answer = *std::move(response);
            done = true;
        });
        io_.restart();
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done && std::chrono::steady_clock::now() < limit)
            io_.run_one_for(std::chrono::milliseconds(50));
        EXPECT_TRUE(done);
        return answer;
    }
    HttpResponse complete(const std::string& body, const HttpClient::Headers& headers = {}) {
        return ask(http::verb::post, "/v1/completions", body, headers);
    }
    static std::string error_code(const HttpResponse& answer) {
        return text_at(json::parse(answer.body), "error.code");
    }

    asio::io_context io_{1};
    test::TemporaryDirectory folder_;
    test::FakeChain chain_;
    FakeServer seller_;
    ChannelBook book_;
    std::unique_ptr<Payer> payer_;
    std::unique_ptr<ProxyServer> proxy_;
};

TEST_F(ProxyTest, APlainClientIsAnsweredAndTheReceiptIsShown) {
    const HttpResponse whole =
        complete(R"({"prompt":"x","max_tokens":3})", {{"authorization", "Bearer sk-any"}});
    EXPECT_EQ(whole.status, 200U) << whole.body;
    EXPECT_NE(whole.body.find("one two three"), std::string::npos);
    EXPECT_TRUE(node::decode_receipt(whole.header("payment-receipt")));
    EXPECT_EQ(whole.header("dure-server"), seller_.account.address());
    EXPECT_EQ(seller_.last_body, R"({"prompt":"x","max_tokens":3})") << "the request passes through as it is";
    const HttpResponse stream = complete(R"({"prompt":"x","stream":true})");
    EXPECT_EQ(stream.header("content-type"), "text/event-stream");
    EXPECT_TRUE(stream.body.ends_with("data: [DONE]\n\n")) << stream.body;
    const json::value spending = json::parse(ask(http::verb::get, "/dure/spending").body);
    EXPECT_EQ(number_at(spending, "calls.paid"), 2U);
    EXPECT_EQ(number_at(spending, "total.cost"), seller_.spent.value);
    EXPECT_EQ(number_at(spending, "budget.held"), 0U);
    EXPECT_EQ(list_at(spending, "channels").size(), 1U);
    EXPECT_EQ(list_at(spending, "latest").size(), 2U);
    EXPECT_TRUE(seller_.wrongs.empty());
}

TEST_F(ProxyTest, ErrorsHaveTheFormThatClientsRead) {
    const HttpResponse no_json = complete("{");
    EXPECT_EQ(no_json.status, 400U);
    EXPECT_EQ(error_code(no_json), "invalid_request");
    seller_.script = {Script::refuse_request};
    const HttpResponse refused = complete(R"({"prompt":7})");
    EXPECT_EQ(refused.status, 400U);
    EXPECT_EQ(error_code(refused), "malformed") << "the server's own word";
    seller_.maximum_cost = Coin{60'000'000};
    const HttpResponse dear = complete(R"({"prompt":"x"})");
    EXPECT_EQ(dear.status, 402U);
    EXPECT_EQ(error_code(dear), "budget_exceeded");
    EXPECT_NE(dear.body.find("--per-call"), std::string::npos);
    seller_.maximum_cost = {};
    seller_.script = {Script::fail};
    const HttpResponse down = complete(R"({"prompt":"x"})");
    EXPECT_GE(down.status, 500U);
    EXPECT_EQ(ask(http::verb::get, "/v1/nothing").status, 404U);
}

TEST_F(ProxyTest, AStreamThatBreaksOffSaysSo) {
    seller_.script = {Script::break_middle};
    const HttpResponse stream = complete(R"({"prompt":"x","stream":true})");
    EXPECT_EQ(stream.status, 200U);
    EXPECT_NE(stream.body.find("one "), std::string::npos);
    EXPECT_NE(stream.body.find("data: {\"error\""), std::string::npos);
    EXPECT_EQ(stream.body.find("[DONE]"), std::string::npos);
}

TEST_F(ProxyTest, ATokenIsAskedForWhereOneIsSet) {
    ProxyServerOptions options;
    options.token = "secret";
    restart(options);
    EXPECT_EQ(complete(R"({"prompt":"x"})").status, 401U);
    EXPECT_EQ(complete(R"({"prompt":"x"})", {{"authorization", "Bearer other"}}).status, 401U);
    EXPECT_EQ(ask(http::verb::get, "/dure/spending").status, 401U);
    EXPECT_EQ(complete(R"({"prompt":"x"})", {{"authorization", "Bearer secret"}}).status, 200U);
    EXPECT_EQ(seller_.calls, 1U);
}

TEST_F(ProxyTest, OtherMachinesReachItOnlyWithAToken) {
    ProxyServerOptions options;
    options.listen = "0.0.0.0:0";
    ProxyServer open(io_, *payer_, options);
    const Status refused = open.start();
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().message.find("token"), std::string::npos);
}

TEST_F(ProxyTest, NoWebPageSpendsCoins) {
    EXPECT_EQ(complete(R"({"prompt":"x"})", {{"origin", "http://evil.example"}}).status, 403U);
    EXPECT_EQ(seller_.calls, 0U);
}

TEST_F(ProxyTest, APageThatIsNamedMayAsk) {
    ProxyServerOptions options;
    options.origins = {"http://127.0.0.1:8470"};
    restart(options);
    const HttpClient::Headers page{{"origin", "http://127.0.0.1:8470"}};
    const HttpResponse before =
        ask(http::verb::options, "/v1/completions", {},
            {{"origin", "http://127.0.0.1:8470"}, {"access-control-request-method", "POST"}});
    EXPECT_EQ(before.status, 204U);
    EXPECT_EQ(before.header("access-control-allow-origin"), "http://127.0.0.1:8470");
    EXPECT_EQ(before.header("access-control-allow-headers"), "content-type, authorization");
    const HttpResponse answer = complete(R"({"prompt":"x","stream":true})", page);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.header("access-control-allow-origin"), "http://127.0.0.1:8470");
    EXPECT_EQ(complete(R"({"prompt":"x"})", {{"origin", "http://127.0.0.1:8471"}}).status, 403U);
    EXPECT_EQ(ask(http::verb::options, "/v1/completions", {}, {{"origin", "http://evil.example"}}).status,
              403U);
}

TEST(ProxyConfigTest, TheDefaultTextIsTheDefaults) {
    const auto config = parse_proxy_config(default_proxy_config_text());
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->listen, ProxyConfig{}.listen);
    // Each commented key is one that is known, with its default.
    std::string bare;
    for (std::string_view rest = default_proxy_config_text(); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
        std::string_view line = rest.substr(0, end + 1);
        rest.remove_prefix(end + 1);
        if (line.size() > 2 && line[0] == '#' && line[1] != ' ') bare += line.substr(1);
    }
    const auto same = parse_proxy_config(bare);
    ASSERT_TRUE(same) << same.error().message << bare;
    EXPECT_EQ(same->attempts, ProxyConfig{}.attempts);
    EXPECT_EQ(same->advance, ProxyConfig{}.advance);
    EXPECT_EQ(same->max_calls, ProxyConfig{}.max_calls);
    EXPECT_FALSE(same->check_rate);
    EXPECT_EQ(parse_proxy_config("check_rate = 1")->check_rate, 1.0);
    EXPECT_EQ(parse_proxy_config("check_rate = 0.25")->check_rate, 0.25);
    for (const char* wrong : {"listn = \"x\"", "attempts = 0", "max_calls = \"many\"", "servers = 3",
                              "listen =", "check_rate = 2", "check_rate = \"often\"", "report = 1"}) {
        const auto refused = parse_proxy_config(wrong);
        ASSERT_TRUE(refused.has_error()) << wrong;
        EXPECT_EQ(refused.error().code, ErrorCode::malformed);
        EXPECT_NE(refused.error().message.find("line 1"), std::string::npos) << refused.error().message;
    }
}

}  // namespace
}  // namespace dure::tools

#include "node/api/http_server.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <random>
#include <thread>

#include "node/api/json_fields.h"

namespace dure::node {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// Gives so many numbers, then the end; counts how many went out.
class Countdown final : public BodySource {
  public:
    explicit Countdown(int count) : left_(count) {}
    ~Countdown() override {
        if (!complete_) ++broken_off;
    }

    asio::awaitable<std::optional<std::string>> next() override {
        ++asked;
        if (left_ == 13) throw std::runtime_error("oh");
        if (left_ > 0) co_return std::to_string(left_--) + std::string(1000, '.') + "\n";
        complete_ = true;
        co_return std::nullopt;
    }

    static inline std::atomic<int> asked = 0;
    static inline std::atomic<int> broken_off = 0;

  private:
    int left_;
    bool complete_ = false;
};

Router echo_router() {
    Router router;
    router.add("GET", "/v1/things/{name}", {"proof"}, 0,
               [](HttpRequest request) -> asio::awaitable<HttpResponse> {
                   co_return respond(boost::json::object{{"name", request.parameters.at("name")}});
               });
    router.add("POST", "/v1/things", {}, 1'000, [](HttpRequest request) -> asio::awaitable<HttpResponse> {
        const auto body = parse_json_object(request.body);
        if (!body) co_return respond(body.error());
        co_return respond(*body);
    });
    router.add("GET", "/v1/mistake", {}, 0, [](HttpRequest) -> asio::awaitable<HttpResponse> {
        throw std::runtime_error("oh");
        co_return HttpResponse{};
    });
    router.add("GET", "/v1/parts/{count}", {}, 0, [](HttpRequest request) -> asio::awaitable<HttpResponse> {
        HttpResponse response;
        response.content_type = "text/event-stream";
        response.source = std::make_shared<Countdown>(std::stoi(request.parameters.at("count")));
        co_return response;
    });
    return router;
}

class HttpServerTest : public testing::Test {
  protected:
    void SetUp() override {
        HttpServerConfig config;
        config.read_timeout = std::chrono::milliseconds(500);
        config.max_connections = 8;
        server_.emplace(io_, config, echo_router());
        ASSERT_TRUE(server_->start());
        thread_ = std::thread([this] { io_.run(); });
    }
    void TearDown() override {
        asio::post(io_, [this] { server_->stop(); });
        thread_.join();
    }

    /// Sends these bytes and reads until the server closes, or nothing more comes for a while.
    std::string exchange(const std::string& bytes, bool close_after = true) {
        asio::io_context io;
        tcp::socket socket(io);
        socket.connect(*parse_listen_address(server_->endpoint()));
        boost::system::error_code failure;
        asio::write(socket, asio::buffer(bytes), failure);
        if (close_after) socket.shutdown(tcp::socket::shutdown_send, failure);
        std::string answer;
        asio::read(socket, asio::dynamic_buffer(answer), failure);
        return answer;
    }
    std::string get(const std::string& target, const std::string& extra = "",
                    const std::string& host = "127.0.0.1") {
        return exchange("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + extra +
                        "\r\n");
    }
    static int status_of(const std::string& answer) {
        return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
    }
    static boost::json::object body_of(const std::string& answer) {
        return boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4)).as_object();
    }

    asio::io_context io_;
    std::optional<HttpServer> server_;
    std::thread thread_;
};

TEST_F(HttpServerTest, AnswersRoutesWithParameters) {
    const std::string answer = get("/v1/things/a%20b?proof=1");
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer).at("name").as_string(), "a b");
}

TEST_F(HttpServerTest, ErrorsAreProblemsThatNameValueAndRemedy) {
    EXPECT_EQ(status_of(get("/v1/nothing")), 404);
    const std::string unknown = get("/v1/things/x?colour=red");
    EXPECT_EQ(status_of(unknown), 400);
    EXPECT_NE(std::string(body_of(unknown).at("detail").as_string()).find("colour"), std::string::npos);
    EXPECT_NE(unknown.find("application/problem+json"), std::string::npos);
    const std::string wrong_method = exchange("DELETE /v1/things HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(status_of(wrong_method), 405);
    EXPECT_NE(wrong_method.find("Allow: POST"), std::string::npos);
    EXPECT_EQ(status_of(get("/v1/mistake")), 500);
    EXPECT_EQ(status_of(get("/v1/things/%zz")), 400);
    EXPECT_EQ(status_of(get("/v1/things/%00")), 400);
    EXPECT_EQ(status_of(get("/" + std::string(40, '/'))), 400);
}

TEST_F(HttpServerTest, MalformedJsonIsNamedWithItsPlace) {
    const auto post = [&](const std::string& body) {
        return exchange(
            "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
    };
    EXPECT_EQ(status_of(post("{\"a\": 1}")), 200);
    for (const char* wrong : {"", "{", "[]", "{\"a\": }", "{} {}", "nonsense"})
        EXPECT_EQ(status_of(post(wrong)), 400) << wrong;
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "{\"a\":";
    EXPECT_EQ(status_of(post(deep)), 400);
}

TEST_F(HttpServerTest, BoundsOnHeaderAndBodyHold) {
    EXPECT_EQ(status_of(exchange(
                  "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n\r\n")),
              413);
    EXPECT_EQ(status_of(exchange(
                  "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                  std::string(2'048, 'x'))),
              413);
    EXPECT_EQ(status_of(exchange("GET /v1/things/a HTTP/1.1\r\nHost: localhost\r\nX: " +
                                 std::string(100'000, 'x') + "\r\n\r\n")),
              431);
    EXPECT_EQ(exchange("POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc", false),
              "")
        << "too slow: cut off";
}

TEST_F(HttpServerTest, OnlyProgramsOfThisMachineAreAnsweredOnLoopback) {
    EXPECT_EQ(status_of(get("/v1/things/a", "", "evil.example")), 403);
    EXPECT_EQ(status_of(get("/v1/things/a", "", "127.0.0.1.evil.example:80")), 403);
    EXPECT_EQ(status_of(get("/v1/things/a", "", "[::1]:8080")), 200);
    EXPECT_EQ(status_of(get("/v1/things/a", "", "LOCALHOST:1")), 200);
    EXPECT_EQ(status_of(get("/v1/things/a", "Origin: https://evil.example\r\n")), 403);
    EXPECT_EQ(status_of(get("/v1/things/a", "Origin: http://127.0.0.1\r\n")), 200);
}

TEST_F(HttpServerTest, ConnectionsAreKeptAndRequestsMayFollowAtOnce) {
    const std::string one = "GET /v1/things/a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string answer =
        exchange(one + one + "HEAD /v1/things/b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    std::size_t count = 0;
    for (std::size_t at = answer.find("HTTP/1.1 200"); at != std::string::npos;
         at = answer.find("HTTP/1.1 200", at + 1))
        ++count;
    EXPECT_EQ(count, 3U);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << "HEAD has no body";
}

TEST_F(HttpServerTest, ABodyMayComeInParts) {
    const std::string answer = exchange(
        "GET /v1/parts/3 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /v1/things/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_NE(answer.find("Transfer-Encoding: chunked"), std::string::npos);
    EXPECT_NE(answer.find("Content-Type: text/event-stream"), std::string::npos);
    for (const char* number : {"\r\n3...", "\r\n2...", "\r\n1..."})
        EXPECT_NE(answer.find(number), std::string::npos) << number;
    EXPECT_NE(answer.find("\r\n0\r\n\r\nHTTP/1.1 200"), std::string::npos) << "the connection goes on";
    EXPECT_TRUE(answer.ends_with("{\"name\":\"a\"}"));

    const std::string old = exchange("GET /v1/parts/2 HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(old.find("chunked"), std::string::npos);
    EXPECT_NE(old.find("\r\n\r\n2..."), std::string::npos);
    const std::string none = exchange("GET /v1/parts/0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(none.ends_with("\r\n\r\n0\r\n\r\n"));
    const std::string broken = exchange("GET /v1/parts/13 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_FALSE(broken.ends_with("0\r\n\r\n")) << "a body that broke off is seen to be incomplete";
}

TEST_F(HttpServerTest, AClientThatLeavesEndsTheBody) {
    const int broken_before = Countdown::broken_off;
    const int asked_before = Countdown::asked;
    {
        asio::io_context io;
        tcp::socket socket(io);
        socket.connect(*parse_listen_address(server_->endpoint()));
        asio::write(socket,
                    asio::buffer(std::string("GET /v1/parts/1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n")));
        std::array<char, 5000> some{};
        asio::read(socket, asio::buffer(some));
    }
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (Countdown::broken_off == broken_before && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    EXPECT_EQ(Countdown::broken_off, broken_before + 1);
    EXPECT_LT(Countdown::asked - asked_before, 100'000) << "it was not made to its end";
    EXPECT_EQ(status_of(get("/v1/things/a")), 200);
}

TEST_F(HttpServerTest, GarbageNeverStopsTheServer) {
    std::mt19937 random(7);
    const std::string good =
        "POST /v1/things?x=%41 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n{\"a\": 1}";
    for (int i = 0; i < 300; ++i) {
        std::string bytes = good;
        for (auto changes = 1 + random() % 6; changes > 0; --changes)
            bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        exchange(bytes);
    }
    EXPECT_EQ(status_of(get("/v1/things/a")), 200);
}

TEST(HttpServer, MayGoBeforeItsFirstTurn) {
    asio::io_context io;
    {
        HttpServer server(io, {}, echo_router());
        ASSERT_TRUE(server.start());
    }
    EXPECT_GT(io.run(), 0U) << "what start() began ends without the server";
}

TEST(JsonFields, WrongTypesNameTheFieldAndWhatItHolds) {
    const boost::json::object object =
        boost::json::parse(
            R"({"n": -1, "t": 5, "c": "12x", "big": "99999999999999999999999", "h": "ab", "a": "dure1nope"})")
            .as_object();
    JsonFields fields(object);
    EXPECT_NE(fields.number("n").error().message.find("-1"), std::string::npos);
    EXPECT_NE(fields.text("t").error().message.find("'t'"), std::string::npos);
    EXPECT_FALSE(fields.coin("c"));
    EXPECT_EQ(fields.coin("big").error().code, ErrorCode::out_of_range);
    EXPECT_FALSE(fields.hash("h"));
    EXPECT_FALSE(fields.account("a"));
    EXPECT_NE(fields.text("missing").error().message.find("missing"), std::string::npos);
    EXPECT_TRUE(fields.finish());
    const boost::json::object extra{{"x", 1}};
    EXPECT_FALSE(JsonFields(extra).finish());
}

}  // namespace
}  // namespace dure::node

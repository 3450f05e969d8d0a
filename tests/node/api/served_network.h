// A network of nodes whose HTTP interface is asked without sockets: by its router's own handlers.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/api/api.h"
#include "tests/node/chain/network.h"

namespace dure::test {

class ServedNetwork {
  public:
    explicit ServedNetwork(std::size_t validators) : network_(validators), served_(validators) {
        for (std::size_t i = 0; i < validators; ++i) {
            EXPECT_TRUE(network_.start(i));
            served_[i] = std::make_unique<Served>(network_, i);
        }
    }

    bool reach(std::uint64_t height) { return network_.reach(height); }
    bool run_until(const std::function<bool()>& condition) { return network_.run_until(condition); }
    node::Peers& peers(std::size_t number) { return network_.peers(number); }
    const node::Router& router(std::size_t number) const { return served_[number]->api.router(); }
    void kill(std::size_t number) {
        served_[number].reset();
        network_.kill(number);
    }

    node::HttpResponse get(std::size_t number, const std::string& target) {
        const auto parsed = node::parse_target(target);
        node::HttpRequest request;
        request.method = "GET";
        request.path = parsed->path;
        request.query = parsed->query;
        const node::Router::Match match = router(number).match(request);
        if (match.route == nullptr) return match.refusal;
        std::optional<node::HttpResponse> response;
        auto asking = [&]() -> boost::asio::awaitable<void> {
            response = co_await match.route->handler(std::move(request));
        };
        boost::asio::co_spawn(network_.io(), std::move(asking), boost::asio::detached);
        EXPECT_TRUE(network_.run_until([&] { return response.has_value(); }));
        return *response;
    }

  private:
    struct Served {
        Served(Network& network, std::size_t number)
            : store(*node::BlobStore::open(network.directory(number) / "blobs")),
              blobs(network.io(), network.peers(number), *store),
              api(network.io(), {},
                  {.chain = network.chain(number),
                   .blobs = blobs,
                   .peers = network.peers(number),
                   .account = network.peers(number).self(),
                   .roles = {"validator"},
                   .device = "cpu",
                   .data_directory = network.directory(number)}) {}
        std::unique_ptr<node::BlobStore> store;
        node::Blobs blobs;
        node::Api api;
    };

    Network network_;
    std::vector<std::unique_ptr<Served>> served_;  // go first
};

}  // namespace dure::test

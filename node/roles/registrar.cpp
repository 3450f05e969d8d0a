#include "node/roles/registrar.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace dure::node {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t k_blocks_between_tries = 20;

}  // namespace

class Registrar::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, Submitter& submitter)
        : io_(io), chain_(chain), submitter_(submitter) {}

    void start(Registration wanted) {
        wanted_ = std::move(wanted);
        handle_ = chain_.on_final([this](const protocol::Block&, const ledger::BlockOutcome&) { look(); });
        started_ = true;
    }

    void stop() {
        if (!started_) return;
        started_ = false;
        chain_.off(handle_);
    }

  private:
    void look() {
        if (busy_ || chain_.syncing() || chain_.head().height.value < next_try_) return;
        Result<std::optional<ledger::Payload>> next =
            next_registration(chain_.state(), submitter_.account(), wanted_);
        if (!next) {
            put_off(next.error());
        } else if (*next) {
            busy_ = true;
            asio::co_spawn(
                io_, [self = shared_from_this(), payload = std::move(**next)] { return self->send(payload); },
                asio::detached);
        }
    }

    asio::awaitable<void> send(ledger::Payload payload) {
        const auto self = shared_from_this();
        const std::string name = ledger::name_of(payload);
        const protocol::Height until{chain_.head().height.value + k_blocks_between_tries};
        const Result<Inclusion> included = co_await submitter_.submit(std::move(payload), until);
        busy_ = false;
        if (!started_) co_return;
        const Status outcome = included ? included->outcome : Status(included.error());
        if (!outcome) {
            put_off(with_context(outcome.error(), name));
            co_return;
        }
        spdlog::info("{} is in block {}", name, included->height.value);
        said_.clear();
        look();
    }

    /// Says why once, and tries again later.
    void put_off(const Error& error) {
        next_try_ = chain_.head().height.value + k_blocks_between_tries;
        if (error.message == said_) return;
        said_ = error.message;
        spdlog::warn("this node cannot say on the chain what it sells: {}", error.message);
    }

    asio::io_context& io_;
    Chain& chain_;
    Submitter& submitter_;
    Registration wanted_;
    std::uint64_t handle_ = 0;
    std::uint64_t next_try_ = 0;
    std::string said_;
    bool busy_ = false;
    bool started_ = false;
};

Registrar::Registrar(asio::io_context& io, Chain& chain, Submitter& submitter)
    : core_(std::make_shared<Core>(io, chain, submitter)) {}
Registrar::~Registrar() {
    core_->stop();
}
void Registrar::start(Registration wanted) {
    core_->start(std::move(wanted));
}
void Registrar::stop() {
    core_->stop();
}

}  // namespace dure::node

// Where work is done that takes seconds: training, replaying, scoring, merging, or answering.
//
// Promise: `run` comes back on the io thread with the work's value, or with `unavailable` when the workshop
// is stopped before. WorkshopThread does one piece of work after the other on a thread with its own kernels: what is
// more urgent goes first, and work under way can be cancelled. InlineWorkshop does each where it is asked for, so that
// a simulation needs no thread.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/assert.h"
#include "base/result.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/device_choice.h"
#include "trainer/kernels/kernels.h"

namespace dure::node {

/// True once the work under way is of no more use.
using Cancelled = std::atomic<bool>;

class Workshop {
  public:
    virtual ~Workshop() = default;
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;

    /// Runs f(kernels, cancelled), which returns a Result. Lower `urgency` goes first. `cancelled` may be set by
    /// others on the io thread; it is set when the workshop stops.
    template <class F>
    auto run(std::uint64_t urgency, std::shared_ptr<Cancelled> cancelled, F f)
        -> boost::asio::awaitable<std::invoke_result_t<F, const trainer::Kernels&, const Cancelled&>> {
        using R = std::invoke_result_t<F, const trainer::Kernels&, const Cancelled&>;
        struct Shared {
            explicit Shared(boost::asio::io_context& io)
                : signal(io, boost::asio::steady_timer::time_point::max()) {}
            boost::asio::steady_timer signal;
            std::optional<R> result;
        };
        const auto shared = std::make_shared<Shared>(io_);
        Job job;
        job.cancelled = cancelled ? std::move(cancelled) : std::make_shared<Cancelled>(false);
        job.work = [f = std::move(f), shared](const trainer::Kernels& kernels,
                                              const Cancelled& flag) mutable {
            // Written before the io thread is told, read only after.
            try {
                shared->result.emplace(f(kernels, flag));
            } catch (const trainer::DeviceError& error) {
                shared->result.emplace(Error{ErrorCode::unavailable, error.what()});
            }
        };
        job.done = [shared] {
            if (!shared->result)
                shared->result.emplace(Error{ErrorCode::unavailable, "the node is stopping"});
            shared->signal.cancel();
        };
        enqueue(urgency, std::move(job));
        // `done` comes through the io_context, so it cannot have come before this waits.
        boost::system::error_code ignored;
        co_await shared->signal.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        DURE_ASSERT(shared->result.has_value());
        co_return std::move(*shared->result);
    }

  protected:
    explicit Workshop(boost::asio::io_context& io) : io_(io) {}

    struct Job {
        std::shared_ptr<Cancelled> cancelled;  ///< never null
        std::function<void(const trainer::Kernels&, const Cancelled&)> work;
        std::function<void()> done;  ///< to be posted to the io thread, whether the work was done or not
    };
    virtual void enqueue(std::uint64_t urgency, Job job) = 0;

    boost::asio::io_context& io_;
};

class WorkshopThread final : public Workshop {
  public:
    struct Config {
        unsigned cores = 1;
        trainer::Isa isa = trainer::Isa::reference;
        trainer::DeviceKind device = trainer::DeviceKind::cpu;  ///< one without a device_fault
        int niceness = 0;  ///< of its threads, so that agreement is not kept waiting by training
    };

    WorkshopThread(boost::asio::io_context& io, Config config);
    /// Waits for the work under way to see its cancellation.
    ~WorkshopThread() override;

    std::size_t waiting() const;
    void stop();

  private:
    void enqueue(std::uint64_t urgency, Job job) override;
    void work(Config config);

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::multimap<std::uint64_t, Job> jobs_;
    std::shared_ptr<Cancelled> under_way_;
    bool stopping_ = false;
    // Made by the thread; here, so that they outlive what jobs left in their device's memory.
    std::unique_ptr<trainer::Executor> executor_;
    std::unique_ptr<trainer::Kernels> kernels_;
    std::thread thread_;
};

class InlineWorkshop final : public Workshop {
  public:
    /// `kernels` outlives this.
    InlineWorkshop(boost::asio::io_context& io, const trainer::Kernels& kernels)
        : Workshop(io), kernels_(kernels) {}

  private:
    void enqueue(std::uint64_t urgency, Job job) override;

    const trainer::Kernels& kernels_;
};

}  // namespace dure::node

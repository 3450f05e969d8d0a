#include "trainer/kernels/cuda/shim/blocks.h"

#include <bit>
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace dure::trainer::shim {
namespace {

namespace context = boost::context;

constexpr int k_lanes = 32;
constexpr int k_max_threads = 1024;
constexpr size_t k_stack_bytes = size_t{64} * 1024;

struct Site {
    const char* file = nullptr;
    int line = 0;
    friend bool operator==(const Site&, const Site&) = default;
};

// Thrown inside fibers that wait for what will never come, so that their stacks are unwound.
struct Abandoned {};

struct GpuThread {
    enum class State : uint8_t { idle, ready, at_barrier, at_warp, ended };
    context::fiber fiber;      // of this thread while it is suspended
    context::fiber scheduler;  // of the scheduler while this thread runs
    State state = State::idle;
    Site site;
    uint32_t given = 0;  // to the others
    int source = 0;      // the lane whose value it wants
    uint32_t taken = 0;  // from them
    uint32_t votes = 0;
};

struct Scheduler {
    std::vector<std::unique_ptr<GpuThread>> threads;
    const std::function<void()>* body = nullptr;
    Order* order = nullptr;
    int count = 0;
    int current = 0;
    Index block;
    Index grid;
    bool abandon = false;

    ~Scheduler() {
        for (auto& thread : threads)
            thread->fiber = {};  // unwinds the loop that waits for the next block
    }

    GpuThread& running() { return *threads[static_cast<size_t>(current)]; }

    void suspend() {
        GpuThread& self = running();
        self.scheduler = std::move(self.scheduler).resume();
        if (abandon) throw Abandoned{};
    }

    void start(int count_wanted) {
        count = count_wanted;
        while (threads.size() < static_cast<size_t>(count)) {
            threads.push_back(std::make_unique<GpuThread>());
            GpuThread& thread = *threads.back();
            thread.fiber = context::fiber(std::allocator_arg, context::fixedsize_stack(k_stack_bytes),
                                          [this, &thread](context::fiber&& scheduler) {
                                              thread.scheduler = std::move(scheduler);
                                              while (true) {
                                                  try {
                                                      (*body)();
                                                  } catch (const Abandoned&) {
                                                      // The launch reports why.
                                                  }
                                                  thread.state = GpuThread::State::ended;
                                                  thread.scheduler = std::move(thread.scheduler).resume();
                                              }
                                              return std::move(thread.scheduler);
                                          });
        }
    }

    void resume(int index) {
        current = index;
        GpuThread& thread = *threads[static_cast<size_t>(index)];
        thread.fiber = std::move(thread.fiber).resume();
    }

    void permute(std::vector<int>& list) {
        for (size_t i = list.size(); i > 1; --i)
            std::swap(list[i - 1], list[static_cast<size_t>(order->next() % i)]);
    }

    static std::string place(const GpuThread& thread) {
        return std::string(thread.site.file) + ":" + std::to_string(thread.site.line);
    }

    std::string where(int index) const {
        const GpuThread& thread = *threads[static_cast<size_t>(index)];
        std::string text = "thread " + std::to_string(index) + " of block (" + std::to_string(block.x) +
                           ", " + std::to_string(block.y) + ", " + std::to_string(block.z) + ") ";
        switch (thread.state) {
            case GpuThread::State::ended:
                return text + "has ended";
            case GpuThread::State::at_barrier:
                return text + "waits at the barrier " + place(thread);
            case GpuThread::State::at_warp:
                return text + "waits for its warp at " + place(thread);
            case GpuThread::State::idle:
            case GpuThread::State::ready:
                break;
        }
        return text + "runs";
    }

    // Why nothing can go on; empty if all have ended. Lets a complete barrier go on.
    std::string settle() {
        bool all_ended = true;
        uint32_t votes = 0;
        for (int i = 0; i < count; ++i) {
            const GpuThread& thread = *threads[static_cast<size_t>(i)];
            all_ended = all_ended && thread.state == GpuThread::State::ended;
            votes |= thread.votes;
        }
        if (all_ended) return "";
        for (int i = 0; i < count; ++i) {
            const GpuThread& thread = *threads[static_cast<size_t>(i)];
            const GpuThread& first = *threads[0];
            if (thread.state == GpuThread::State::at_warp) {
                for (int lane = i / k_lanes * k_lanes; lane < (i / k_lanes + 1) * k_lanes; ++lane) {
                    const GpuThread& other = *threads[static_cast<size_t>(lane)];
                    if (other.state != thread.state || other.site != thread.site)
                        return where(i) + ", but " + where(lane);
                }
            }
            if (thread.state != first.state || thread.site != first.site)
                return where(0) + ", but " + where(i);
        }
        for (int i = 0; i < count; ++i) {
            GpuThread& thread = *threads[static_cast<size_t>(i)];
            thread.taken = votes;
            thread.votes = 0;
            thread.state = GpuThread::State::ready;
        }
        return "";
    }

    // The running thread has arrived at a warp's meeting: if it is the last, all go on.
    void meet(int index) {
        const int first = index / k_lanes * k_lanes;
        const GpuThread& self = *threads[static_cast<size_t>(index)];
        uint32_t ballot = 0;
        for (int lane = 0; lane < k_lanes; ++lane) {
            const GpuThread& other = *threads[static_cast<size_t>(first + lane)];
            if (other.state != GpuThread::State::at_warp || other.site != self.site) return;
            ballot |= other.votes << lane;
        }
        for (int lane = 0; lane < k_lanes; ++lane) {
            GpuThread& thread = *threads[static_cast<size_t>(first + lane)];
            thread.taken =
                thread.source < 0 ? ballot : threads[static_cast<size_t>(first + thread.source)]->given;
        }
        for (int lane = 0; lane < k_lanes; ++lane) {
            GpuThread& thread = *threads[static_cast<size_t>(first + lane)];
            thread.votes = 0;
            thread.state = GpuThread::State::ready;
        }
    }

    void run_block() {
        std::vector<int> runnable(static_cast<size_t>(count));
        for (auto& thread : threads) {
            thread->votes = 0;
            thread->site = {};
        }
        for (int i = 0; i < count; ++i)
            threads[static_cast<size_t>(i)]->state = GpuThread::State::ready;
        while (true) {
            runnable.clear();
            for (int i = 0; i < count; ++i) {
                if (threads[static_cast<size_t>(i)]->state == GpuThread::State::ready) runnable.push_back(i);
            }
            if (runnable.empty()) {
                const std::string problem = settle();
                if (!problem.empty()) give_up(problem);
                if (threads[0]->state == GpuThread::State::ended) return;
                continue;
            }
            permute(runnable);
            for (const int i : runnable)
                resume(i);
        }
    }

    [[noreturn]] void give_up(const std::string& problem) {
        abandon = true;
        for (int i = 0; i < count; ++i) {
            if (threads[static_cast<size_t>(i)]->state != GpuThread::State::ended) resume(i);
        }
        abandon = false;
        throw Fault(problem);
    }
};

Scheduler& scheduler() {
    static Scheduler one;
    return one;
}

uint32_t wait_for_warp(uint32_t given, int source, bool vote, Site site) {
    Scheduler& s = scheduler();
    GpuThread& self = s.running();
    self.state = GpuThread::State::at_warp;
    self.site = site;
    self.given = given;
    self.source = source;
    self.votes = vote ? 1 : 0;
    s.meet(s.current);
    s.suspend();
    return self.taken;
}

float exchange(float value, int source, Site site) {
    return std::bit_cast<float>(wait_for_warp(std::bit_cast<uint32_t>(value), source, false, site));
}

int lane_index() {
    return thread_index() % k_lanes;
}

}  // namespace

void run_blocks(Order* order, Index grid, int threads, const std::function<void()>& body) {
    if (threads <= 0 || threads % k_lanes != 0 || threads > k_max_threads)
        throw Fault("a block of " + std::to_string(threads) + " threads");
    Scheduler& s = scheduler();
    s.order = order;
    s.grid = grid;
    s.body = &body;
    s.start(threads);
    std::vector<int> blocks(size_t{grid.x} * grid.y * grid.z);
    std::iota(blocks.begin(), blocks.end(), 0);
    s.permute(blocks);
    for (const int number : blocks) {
        const auto n = static_cast<unsigned>(number);
        s.block = {n % grid.x, n / grid.x % grid.y, n / grid.x / grid.y};
        s.run_block();
    }
}

int thread_index() {
    return scheduler().current;
}
Index block_index() {
    return scheduler().block;
}
Index grid_size() {
    return scheduler().grid;
}

bool barrier_or(bool value, const char* file, int line) {
    Scheduler& s = scheduler();
    GpuThread& self = s.running();
    self.state = GpuThread::State::at_barrier;
    self.site = {file, line};
    self.votes = value ? 1 : 0;
    s.suspend();
    return self.taken != 0;
}

void barrier(const char* file, int line) {
    barrier_or(false, file, line);
}

float shuffle(float value, int lane, const char* file, int line) {
    return exchange(value, lane, {file, line});
}
float shuffle_down(float value, int by, const char* file, int line) {
    const int lane = lane_index();
    return exchange(value, lane + by < k_lanes ? lane + by : lane, {file, line});
}
float shuffle_xor(float value, int mask, const char* file, int line) {
    return exchange(value, lane_index() ^ mask, {file, line});
}
uint32_t ballot(bool value, const char* file, int line) {
    return wait_for_warp(0, -1, value, {file, line});
}

}  // namespace dure::trainer::shim

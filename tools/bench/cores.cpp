#include "tools/bench/cores.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

namespace dure::bench {
namespace {

// A set of cores as the system call takes it.
struct Cores {
    std::array<std::uint64_t, 16> bits{};

    bool has(std::size_t core) const { return (bits[core / 64] >> core % 64 & 1U) != 0; }
    std::vector<std::size_t> numbers() const {
        std::vector<std::size_t> all;
        for (std::size_t core = 0; core < bits.size() * 64; ++core)
            if (has(core)) all.push_back(core);
        return all;
    }
};

// The cores of the program when it started: binding a thread takes them from it.
const Cores& cores_at_start() {
    static const Cores cores = [] {
        Cores found;
        syscall(SYS_sched_getaffinity, 0, sizeof found.bits, found.bits.data());
        return found;
    }();
    return cores;
}

void bind_this_thread(std::size_t core) {
    Cores one;
    one.bits[core / 64] = std::uint64_t{1} << core % 64;
    syscall(SYS_sched_setaffinity, 0, sizeof one.bits, one.bits.data());
}

}  // namespace

void bind_to_cores(trainer::ThreadPool& pool) {
    const std::vector<std::size_t> cores = cores_at_start().numbers();
    const auto threads = static_cast<std::size_t>(pool.threads());
    if (cores.size() < threads) return;
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<std::size_t> workers{0};
    std::atomic<std::size_t> arrived{0};
    // Nobody leaves before all have come, so each thread takes one.
    pool.parallel_for(pool.threads(), [&](std::int64_t begin, std::int64_t end) {
        for (; begin < end; ++begin) {
            bind_this_thread(cores[std::this_thread::get_id() == caller ? 0 : ++workers]);
            for (++arrived; arrived < threads;)
                std::this_thread::yield();
        }
    });
}

void use_all_cores() {
    const Cores& all = cores_at_start();
    syscall(SYS_sched_setaffinity, 0, sizeof all.bits, all.bits.data());
}

void bind_openmp_to_cores() {
    cores_at_start();
    setenv("OMP_PROC_BIND", "true", 1);
    setenv("OMP_PLACES", "threads", 1);
}

}  // namespace dure::bench

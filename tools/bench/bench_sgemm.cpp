// The trainer's matrix products against OpenBLAS's sgemm and against the measured peak of fma: the products of
// forward and backward at the shapes of models of 1M, 10M and 124M parameters, on 1 and 2 threads, with AVX-512 and
// with AVX2 (there against OpenBLAS's Haswell kernels). Contenders take turns, and the median of the turns' ratios counts:
// clock rates change from one moment to the next, but hardly within a turn. Threads of OpenMP spin for a while when their
// work is done; before the other contender begins they are left to fall asleep. Each thread of either is bound to a core.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "tools/bench/cores.h"
#include "tools/bench/figures.h"
#include "tools/bench/fma_peak.h"
#include "tools/bench/openblas.h"
#include "tools/bench/timing.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/kernels.h"

namespace dure::bench {
namespace {

using trainer::Isa;
using trainer::Kernels;

constexpr std::int64_t k_tokens = 512;
constexpr double k_burst_flops = 4e8;                    // timed at once: two milliseconds of a core
constexpr std::chrono::milliseconds k_until_asleep{20};  // libgomp's threads look for work for some 10 ms

enum class Kind { forward, input_gradient, weight_gradient };

struct Shape {
    const char* model;
    const char* layer;
    std::int64_t out;
    std::int64_t in;
};

constexpr Shape k_shapes[] = {
    {"124M", "attention", 768, 768}, {"124M", "up", 2048, 768},      {"124M", "down", 768, 2048},
    {"124M", "head", 8192, 768},     {"10M", "attention", 320, 320}, {"10M", "up", 864, 320},
    {"10M", "down", 320, 864},       {"1M", "attention", 128, 128},  {"1M", "up", 352, 128},
    {"1M", "down", 128, 352},        {"1M", "head", 2048, 128},
};
constexpr std::pair<Kind, const char*> k_kinds[] = {
    {Kind::forward, "forward"}, {Kind::input_gradient, "input"}, {Kind::weight_gradient, "weight"}};

// Aligned to cache lines, as the trainer's own arrays are.
using Values = trainer::DeviceArray<float>;

Values filled(std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::uint32_t state = 1;
    for (float& value : values) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(static_cast<int>(state >> 16U) - 32768) * 0x1p-20F;
    }
    return {trainer::host_device(), std::span<const float>(values)};
}

struct Memory {
    Values activations;  // [tokens, in]
    Values gradients;    // [tokens, out]
    Values weights;      // [out, in]

    explicit Memory(const Shape& shape)
        : activations(filled(k_tokens * shape.in)),
          gradients(filled(k_tokens * shape.out)),
          weights(filled(shape.out * shape.in)) {}
};

void run_ours(const Kernels& kernels, Kind kind, const Shape& s, Memory& m) {
    switch (kind) {
        case Kind::forward:
            kernels.matmul(m.gradients.data(), m.activations.data(), m.weights.data(), k_tokens, s.out, s.in);
            break;
        case Kind::input_gradient:
            kernels.matmul_input_gradient(m.activations.data(), m.gradients.data(), m.weights.data(),
                                          k_tokens, s.out, s.in);
            break;
        case Kind::weight_gradient:
            kernels.matmul_weight_gradient(m.weights.data(), m.gradients.data(), m.activations.data(),
                                           k_tokens, s.out, s.in);
            break;
    }
}

void run_peer(const OpenBlas& blas, Kind kind, const Shape& s, Memory& m) {
    switch (kind) {
        case Kind::forward:
            blas.sgemm(false, true, k_tokens, s.out, s.in, m.activations.data(), m.weights.data(),
                       m.gradients.data(), false);
            break;
        case Kind::input_gradient:
            blas.sgemm(false, false, k_tokens, s.in, s.out, m.gradients.data(), m.weights.data(),
                       m.activations.data(), false);
            break;
        case Kind::weight_gradient:
            blas.sgemm(true, false, s.out, s.in, k_tokens, m.gradients.data(), m.activations.data(),
                       m.weights.data(), true);
            break;
    }
}

// Medians over the turns.
struct Sample {
    double gflops;
    double gflops_peer;
    double over_peer;
    double of_peak;  // of one thread
    double gflops_peak;
};

// Both contenders and the peak in turns. One thread is timed by its CPU time, two by the clock, after one product that
// wakes them.
Sample measure(const Kernels& kernels, const OpenBlas& blas, Kind kind, const Shape& shape, int turns) {
    Memory memory(shape);
    const double flops = 2.0 * static_cast<double>(k_tokens * shape.out * shape.in);
    const auto repeats = static_cast<int>(std::max(1.0, k_burst_flops / flops));
    const bool alone = kernels.executor().threads() == 1;
    const auto gflops_of = [&](const auto& work) {
        if (!alone) std::this_thread::sleep_for(k_until_asleep);
        work();
        const auto burst = [&] {
            for (int i = 0; i < repeats; ++i)
                work();
        };
        return 1e-9 * flops * repeats / (alone ? thread_cpu_seconds_of(burst) : seconds_of(burst));
    };
    Numbers ours;
    Numbers peer;
    Numbers ratio;
    Numbers of_peak;
    Numbers peak;
    for (int turn = 0; turn <= turns; ++turn) {
        const double our_gflops = gflops_of([&] { run_ours(kernels, kind, shape, memory); });
        const double peer_gflops = gflops_of([&] { run_peer(blas, kind, shape, memory); });
        double peak_flops = 0;
        const double peak_seconds = thread_cpu_seconds_of(
            [&] { peak_flops = kernels.isa() == Isa::avx512 ? fma_burst_avx512() : fma_burst_avx2(); });
        if (turn == 0) continue;  // threads start, pages come
        const double peak_gflops = peak_flops / peak_seconds * 1e-9;
        ours.add(our_gflops);
        peer.add(peer_gflops);
        ratio.add(our_gflops / peer_gflops);
        of_peak.add(our_gflops / peak_gflops);
        peak.add(peak_gflops);
    }
    return {ours.median(), peer.median(), ratio.median(), of_peak.median(), peak.median()};
}

struct Summary {
    double over_peer[2] = {};  // geometric means: one thread, two
    double worst = 1e9;
    double of_peak_1 = 0;
    boost::json::array rows;
};

Summary measure_all(Isa isa, const OpenBlas& blas, int turns) {
    Summary summary;
    std::vector<double> of_peak;
    for (const int threads : {1, 2}) {
        trainer::ThreadPool pool(threads);
        bind_to_cores(pool);
        const auto kernels = make_kernels(isa, pool);
        blas.set_threads(threads);
        std::vector<double> ratios;
        for (const Shape& shape : k_shapes) {
            for (const auto& [kind, name] : k_kinds) {
                const Sample sample = measure(*kernels, blas, kind, shape, turns);
                ratios.push_back(sample.over_peer);
                summary.worst = std::min(summary.worst, sample.over_peer);
                if (threads == 1) of_peak.push_back(sample.of_peak);
                char line[200];
                std::snprintf(line, sizeof line,
                              "  %-6s %d %-4s %-9s %-7s %6.1f GFLOP/s, %5.3f x OpenBLAS, peak %5.1f\n",
                              isa_name(isa), threads, shape.model, shape.layer, name, sample.gflops,
                              sample.over_peer, sample.gflops_peak);
                std::cerr << line;
                summary.rows.push_back({{"isa", isa_name(isa)},
                                        {"threads", threads},
                                        {"model", shape.model},
                                        {"layer", shape.layer},
                                        {"kind", name},
                                        {"gflops", sample.gflops},
                                        {"gflops_openblas", sample.gflops_peer},
                                        {"over_openblas", sample.over_peer},
                                        {"gflops_peak_1_thread", sample.gflops_peak}});
            }
        }
        summary.over_peer[threads - 1] = geometric_mean(ratios);
    }
    summary.of_peak_1 = geometric_mean(of_peak);
    return summary;
}

// OpenBLAS chooses its kernels once, when it is loaded: so the AVX2 comparison runs in a child, before the parent loads
// it. The child sends its summary through a pipe.
bool measure_haswell(int turns, double (&over_peer)[2]) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        close(ends[0]);
        setenv("OPENBLAS_CORETYPE", "Haswell", 1);
        const OpenBlas blas;
        Summary summary;
        if (blas.found() && blas.core() == "Haswell") summary = measure_all(Isa::avx2, blas, turns);
        const bool sent =
            write(ends[1], summary.over_peer, sizeof summary.over_peer) == sizeof summary.over_peer;
        _exit(sent ? 0 : 1);
    }
    close(ends[1]);
    const bool received = read(ends[0], over_peer, sizeof over_peer) == sizeof over_peer;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return received && status == 0 && over_peer[0] > 0;
}

int run(Figures& figures) {
    const char* const wanted = std::getenv("DURE_BENCH_TURNS");
    const int turns = wanted == nullptr ? 25 : std::max(1, std::atoi(wanted));
    if (!isa_supported(Isa::avx2)) {
        std::cerr << "bench_sgemm: this CPU has no AVX2; there is nothing to compare\n";
        return 2;
    }
    bind_openmp_to_cores();
    double haswell[2] = {};
    if (!measure_haswell(turns, haswell)) {
        std::cerr << "bench_sgemm: OpenBLAS is missing; tools/install_packages --peers installs it\n";
        return 2;
    }
    figures.add("sgemm_avx2_over_openblas_haswell_1_thread", haswell[0], "x", Bar::at_least, 0.95);
    figures.add("sgemm_avx2_over_openblas_haswell_2_threads", haswell[1], "x", Bar::at_least, 0.95);
    if (isa_supported(Isa::avx512)) {
        // An OpenBLAS older than the CPU may not know it and fall back to slow kernels.
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
        const OpenBlas blas;
        const Summary summary = measure_all(Isa::avx512, blas, turns);
        figures.add("sgemm_over_openblas_1_thread", summary.over_peer[0], "x", Bar::at_least, 1.0);
        figures.add("sgemm_over_openblas_2_threads", summary.over_peer[1], "x", Bar::at_least, 1.0);
        figures.add("sgemm_over_openblas_worst_shape", summary.worst, "x", Bar::at_least, 0.93);
        figures.add("sgemm_over_fma_peak_1_thread", summary.of_peak_1, "x", Bar::at_least, 0.88);
        figures.detail("openblas_kernels", boost::json::string(blas.core()));
        figures.detail("shapes", summary.rows);
    } else {
        std::cerr << "bench_sgemm: this CPU has no AVX-512; only AVX2 was measured\n";
    }
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int count, char** arguments) {
    dure::bench::Figures figures("sgemm", count, arguments);
    return dure::bench::run(figures);
}

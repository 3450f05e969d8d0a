// Decoding one sequence, token by token, against what memory allows: each token reads every weight once, so the bound is
// the rate at which the same threads can read memory, measured in turns with decoding over as many bytes. The weights
// (124M parameters, half a gigabyte) are larger than any cache. One thread is timed by its CPU time, two by the
// clock; of each the best turn counts.
#include <immintrin.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tools/bench/cores.h"
#include "tools/bench/figures.h"
#include "tools/bench/timing.h"
#include "trainer/inference/decoder.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/initialize.h"

namespace dure::bench {
namespace {

using namespace trainer;

constexpr int k_turns = 12;

ModelConfig model() {
    ModelConfig config;
    config.vocab = config.active_vocab = 50304;
    config.dim = 768;
    config.layers = 12;
    config.heads = config.kv_heads = 12;
    config.head_dim = 64;
    config.ffn = 2048;
    config.max_sequence = 256;
    return config;
}

// Where the compiler must believe that the sums go.
volatile std::int64_t sink = 0;

__attribute__((target("avx2"))) void read_range(const std::uint64_t* from, const std::uint64_t* to) {
    constexpr int k_sums = 8;
    __m256i sums[k_sums] = {};
    for (; from < to; from += 4 * k_sums) {
#pragma GCC unroll 8
        for (int i = 0; i < k_sums; ++i)
            sums[i] =
                _mm256_xor_si256(sums[i], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 4 * i)));
    }
    for (const __m256i& sum : sums)
        sink = sink + _mm256_extract_epi64(sum, 0);
}

void read_all(Executor& executor, const std::vector<std::uint64_t>& memory) {
    constexpr std::size_t k_piece = 8192;
    executor.parallel_for(static_cast<std::int64_t>(memory.size() / k_piece),
                          [&](std::int64_t begin, std::int64_t end) {
                              read_range(memory.data() + static_cast<std::size_t>(begin) * k_piece,
                                         memory.data() + static_cast<std::size_t>(end) * k_piece);
                          });
}

int run(Figures& figures) {
    const ModelConfig config = model();
    const std::vector<float> parameters = initialize_parameters(config, 1);
    const std::vector<std::uint64_t> memory(parameters.size() / 2, 1);
    const double bytes = static_cast<double>(parameters.size() * sizeof(float));
    boost::json::array rows;
    for (const int threads : {1, 2}) {
        ThreadPool pool(threads);
        bind_to_cores(pool);
        const auto kernels = make_kernels(best_isa(), pool);
        auto decoder = Decoder::create(*kernels, config, parameters, {config.max_sequence, 1, 1});
        if (!decoder) {
            std::cerr << "bench_decode: " << decoder.error().message << '\n';
            return 2;
        }
        Numbers decoding;
        Numbers reading;
        for (int turn = 0; turn < k_turns; ++turn) {
            const std::int32_t token = turn + 1;
            const DecoderPart part{0, turn, {&token, 1}, true};
            const auto timed = [&](const auto& work) {
                return threads == 1 ? thread_cpu_seconds_of(work) : seconds_of(work);
            };
            decoding.add(timed([&] { decoder->forward({&part, 1}); }));
            reading.add(timed([&] { read_all(pool, memory); }));
        }
        const double ratio = reading.best() / decoding.best();
        figures.add("decode_over_memory_bandwidth_" + std::to_string(threads) + "_threads", ratio, "x",
                    Bar::at_least, 0.8);
        rows.push_back({{"threads", threads},
                        {"tokens_per_second", 1 / decoding.best()},
                        {"gigabytes_per_second_read", bytes / reading.best() * 1e-9}});
        std::cerr << "  " << threads << " thread(s): " << 1 / decoding.best()
                  << " tokens/s; memory is read at " << bytes / reading.best() * 1e-9 << " GB/s\n";
    }
    figures.detail("threads", rows);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int count, char** arguments) {
    dure::bench::Figures figures("decode", count, arguments);
    return dure::bench::run(figures);
}

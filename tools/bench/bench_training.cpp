// Training steps (forward, backward, clipping, AdamW) against PyTorch on the CPU, at the shapes of models of 1M, 10M and
// 124M parameters. PyTorch runs as a program of its own with OpenMP's OpenBLAS, made to use the CPU's best kernels, and
// takes turns with us, step by step. One thread is compared by CPU time and on one core, which other programs there
// disturb little; two by the clock. The median of the turns counts. Beside them stand plain C++ loops on one thread, compiled
// here with -O3 -march=native, as the floor: they join in the first turns, and not at all at 124M, where a step of theirs
// takes minutes.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "tools/bench/cores.h"
#include "tools/bench/figures.h"
#include "tools/bench/peer_process.h"
#include "tools/bench/timing.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/initialize.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"

namespace dure::bench {
namespace {

using namespace trainer;

struct Size {
    const char* name;
    std::uint32_t vocab, dim, layers, heads, ffn, batch;
    int turns;
    int turns_of_loops;
    double bar;
};
constexpr std::uint32_t k_sequence = 256;
constexpr Size k_sizes[] = {{"1M", 2048, 128, 4, 4, 352, 8, 15, 3, 1.5},
                            {"10M", 8192, 320, 6, 5, 864, 4, 9, 2, 1.5},
                            {"124M", 50304, 768, 12, 12, 2048, 4, 3, 0, 2.0}};

ModelConfig model_of(const Size& size) {
    ModelConfig config;
    config.vocab = config.active_vocab = size.vocab;
    config.dim = size.dim;
    config.layers = size.layers;
    config.heads = config.kv_heads = size.heads;
    config.head_dim = size.dim / size.heads;
    config.ffn = size.ffn;
    config.max_sequence = k_sequence;
    return config;
}

double process_cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

class Ours {
  public:
    Ours(const Kernels& kernels, const Size& size)
        : kernels_(kernels),
          transformer_(kernels, model_of(size), k_sequence, Transformer::Use::gradients, 1024),
          parameters_(trainer::host_device(),
                      std::span<const float>(initialize_parameters(model_of(size), 1))),
          gradient_(trainer::host_device(), parameters_.size()),
          moments_(parameters_.size()),
          losses_(std::size_t{size.batch} * k_sequence),
          windows_(std::size_t{size.batch} * (k_sequence + 1)) {
        train_.steps = 1000;
        train_.learning_rate = train_.learning_rate_floor = Float32(1e-4F);
        std::uint32_t state = 1;
        for (std::int32_t& token : windows_) {
            state = state * 1664525U + 1013904223U;
            token = static_cast<std::int32_t>((state >> 8U) % size.vocab);
        }
    }
    std::size_t parameters() const { return parameters_.size(); }

    /// Wall or CPU seconds.
    double step(bool cpu) {
        const double began = cpu ? process_cpu_seconds() : seconds_now();
        transformer_.gradient(gradient_, losses_, parameters_, windows_);
        if (adamw_step(kernels_, transformer_.layout(), train_, ++steps_, parameters_, moments_, gradient_) !=
            StepOutcome::done)
            std::cerr << "bench_training: a step is not finite\n";
        return (cpu ? process_cpu_seconds() : seconds_now()) - began;
    }

  private:
    const Kernels& kernels_;
    TrainConfig train_;
    Transformer transformer_;
    DeviceArray<float> parameters_;
    DeviceArray<float> gradient_;
    Moments moments_;
    std::vector<float> losses_;
    std::vector<std::int32_t> windows_;
    std::uint32_t steps_ = 0;
};

/// The plain loops as a program, gone with this object.
class LoopsProgram {
  public:
    LoopsProgram() : folder_(std::filesystem::temp_directory_path() / "dure-bench-XXXXXX") {
        if (mkdtemp(folder_.data()) == nullptr) folder_.clear();
    }
    LoopsProgram(const LoopsProgram&) = delete;
    LoopsProgram& operator=(const LoopsProgram&) = delete;
    ~LoopsProgram() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }

    bool compile() {
        if (folder_.empty()) return false;
        PeerProcess compiler({DURE_BENCH_COMPILER, "-std=c++20", "-O3", "-march=native", "-o", path(),
                              DURE_SOURCE_DIR "/tools/bench/peers/train_loops.cpp"},
                             {});
        compiler.line();  // its end
        return std::filesystem::exists(path());
    }
    std::string path() const { return folder_ + "/train_loops"; }

  private:
    std::string folder_;
};

// Seconds of a step that a peer has made; 0 if it has ended.
double step_seconds(PeerProcess& peer, bool cpu) {
    std::istringstream said(peer.step());
    double wall_seconds = 0;
    double cpu_seconds = 0;
    return said >> wall_seconds >> cpu_seconds ? (cpu ? cpu_seconds : wall_seconds) : 0;
}

struct Comparison {
    double ours = 0;  // seconds
    double pytorch = 0;
    double loops = 0;  // 0: not measured
};

bool compare(const Size& size, int threads, const LoopsProgram& loops_program, Comparison& result) {
    const bool cpu = threads == 1;
    use_all_cores();
    ThreadPool pool(threads);
    if (threads == 1) bind_to_cores(pool);  // the peers will run on that core, too
    const auto kernels = make_kernels(best_isa(), pool);
    Ours ours(*kernels, size);
    std::vector<std::string> numbers;
    for (const std::uint32_t number :
         {size.vocab, size.dim, size.layers, size.heads, size.ffn, k_sequence, size.batch})
        numbers.push_back(std::to_string(number));
    std::vector<std::string> command{"/usr/bin/python3",
                                     DURE_SOURCE_DIR "/tools/bench/peers/train_pytorch.py"};
    command.insert(command.end(), numbers.begin(), numbers.end());
    command.push_back(std::to_string(threads));
    PeerProcess pytorch(command, {{"OPENBLAS_CORETYPE", best_isa() == Isa::avx512 ? "SkylakeX" : "Haswell"},
                                  {"OMP_NUM_THREADS", std::to_string(threads)},
                                  {"LD_LIBRARY_PATH", "/usr/lib/x86_64-linux-gnu/openblas-openmp"}});
    const std::string ready = "ready " + std::to_string(ours.parameters());
    if (pytorch.line() != ready) return false;
    const bool with_loops = threads == 1 && size.turns_of_loops > 0;
    std::optional<PeerProcess> loops;
    if (with_loops) {
        command = {loops_program.path()};
        command.insert(command.end(), numbers.begin(), numbers.end());
        loops.emplace(command, std::map<std::string, std::string>());
        if (loops->line() != ready) return false;
    }
    bind_to_cores(pool);
    Numbers our_times;
    Numbers pytorch_times;
    Numbers loops_times;
    for (int turn = 0; turn <= size.turns; ++turn) {
        const double our_seconds = ours.step(cpu);
        const double pytorch_seconds = step_seconds(pytorch, cpu);
        if (pytorch_seconds <= 0) return false;
        if (turn == 0) continue;
        our_times.add(our_seconds);
        pytorch_times.add(pytorch_seconds);
        if (loops && turn <= size.turns_of_loops) loops_times.add(step_seconds(*loops, cpu));
    }
    result = {our_times.median(), pytorch_times.median(), with_loops ? loops_times.median() : 0};
    return true;
}

int run(Figures& figures) {
    LoopsProgram loops;
    if (!loops.compile()) {
        std::cerr << "bench_training: " DURE_BENCH_COMPILER " does not compile the plain loops\n";
        return 2;
    }
    boost::json::array rows;
    for (const int threads : {1, 2}) {
        for (const Size& size : k_sizes) {
            Comparison comparison;
            if (!compare(size, threads, loops, comparison)) {
                std::cerr
                    << "bench_training: PyTorch does not run; tools/install_packages --peers installs it\n";
                return 2;
            }
            const double tokens = static_cast<double>(size.batch) * k_sequence;
            boost::json::object row{{"model", size.name},
                                    {"threads", threads},
                                    {"tokens_per_second", tokens / comparison.ours},
                                    {"tokens_per_second_pytorch", tokens / comparison.pytorch}};
            std::cerr << "  " << size.name << ", " << threads << " thread(s): " << tokens / comparison.ours
                      << " tokens/s, PyTorch " << tokens / comparison.pytorch;
            if (comparison.loops > 0) {
                std::cerr << ", plain loops " << tokens / comparison.loops;
                row["tokens_per_second_plain_loops"] = tokens / comparison.loops;
            }
            std::cerr << '\n';
            rows.push_back(row);
            figures.add("training_" + std::string(size.name) + "_over_pytorch_" + std::to_string(threads) +
                            "_threads",
                        comparison.pytorch / comparison.ours, "x", Bar::at_least, size.bar);
        }
    }
    figures.detail("sizes", rows);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int count, char** arguments) {
    dure::bench::Figures figures("training", count, arguments);
    return dure::bench::run(figures);
}

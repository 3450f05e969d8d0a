// dure bench: what this machine's devices do, and whether they do it to the bit.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <vector>

#include "tools/dure/commands.h"
#include "tools/dure/devices.h"
#include "tools/dure/output.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/self_check.h"
#include "trainer/model/initialize.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct BenchOptions {
    std::string device = "cpu";
    unsigned threads = 1;
    double seconds = 0.5;  ///< of each measurement, about
    bool check = true;
};

struct ProductShape {
    std::int64_t tokens;
    std::int64_t out;
    std::int64_t in;
};

/// Of training a model of 124 million parameters, and of decoding with it.
constexpr ProductShape k_shapes[] = {{2048, 768, 768}, {2048, 3072, 768}, {2048, 768, 3072}, {1, 3072, 768}};

std::string number(double value, int digits) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

/// Waits for all work that was given to the device before.
void wait(const trainer::DeviceArray<float>& array, trainer::Device& device) {
    float ignored = 0;
    device.download(&ignored, array.data(), sizeof ignored);
}

/// Seconds of one call: as many as fill the time, after one that does not count.
template <class Work>
double seconds_of(double enough, const Work& work, const trainer::DeviceArray<float>& written,
                  trainer::Device& device) {
    using Clock = std::chrono::steady_clock;
    work();
    wait(written, device);
    std::uint64_t calls = 1;
    while (true) {
        const auto began = Clock::now();
        for (std::uint64_t i = 0; i < calls; ++i)
            work();
        wait(written, device);
        const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
        if (elapsed >= enough) return elapsed / static_cast<double>(calls);
        calls *= 2;
    }
}

std::vector<float> some_values(std::size_t count) {
    std::vector<float> values(count);
    std::uint32_t state = 1;
    for (float& value : values) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-31F;
    }
    return values;
}

json::array check_device(const trainer::Kernels& kernels, Table& table, bool& all_equal) {
    json::array result;
    for (const trainer::OperatorCheck& check : trainer::check_operators(kernels)) {
        const bool equal = check.unequal == 0;
        all_equal = all_equal && equal;
        table.row({check.name, std::to_string(check.cases),
                   equal ? "equal" : std::to_string(check.unequal) + " differ; " + check.first_difference});
        result.push_back({{"operator", check.name},
                          {"cases", check.cases},
                          {"unequal", check.unequal},
                          {"first_difference", check.first_difference}});
    }
    return result;
}

json::array measure_products(const trainer::Kernels& kernels, double enough, Table& table) {
    trainer::Device& device = kernels.device();
    json::array result;
    for (const auto& [T, N, K] : k_shapes) {
        const auto size = [](std::int64_t a, std::int64_t b) { return static_cast<std::size_t>(a * b); };
        const trainer::DeviceArray<float> w(device, std::span<const float>(some_values(size(N, K))));
        trainer::DeviceArray<float> x(device, std::span<const float>(some_values(size(T, K))));
        trainer::DeviceArray<float> y(device, std::span<const float>(some_values(size(T, N))));
        trainer::DeviceArray<float> dw(device, size(N, K));
        const double work =
            2.0 * static_cast<double>(T) * static_cast<double>(N) * static_cast<double>(K) * 1e-9;
        const std::string shape = std::to_string(T) + " x " + std::to_string(N) + " x " + std::to_string(K);
        const auto measure = [&](const char* what, const trainer::DeviceArray<float>& written,
                                 const auto& call) {
            const double rate = work / seconds_of(enough, call, written, device);
            table.row({what, shape, number(rate, 1)});
            result.push_back({{"product", what}, {"tokens", T}, {"out", N}, {"in", K}, {"gflops", rate}});
        };
        measure("forward", y,
                [&, T = T, N = N, K = K] { kernels.matmul(y.data(), x.data(), w.data(), T, N, K); });
        if (T == 1) continue;
        measure("weight gradient", dw, [&, T = T, N = N, K = K] {
            kernels.matmul_weight_gradient(dw.data(), y.data(), x.data(), T, N, K);
        });
        measure("input gradient", x, [&, T = T, N = N, K = K] {
            kernels.matmul_input_gradient(x.data(), y.data(), w.data(), T, N, K);
        });
    }
    return result;
}

/// A model of about ten million parameters.
trainer::ModelConfig measured_model() {
    trainer::ModelConfig config;
    config.vocab = 8192;
    config.active_vocab = 8192;
    config.dim = 320;
    config.layers = 6;
    config.heads = 5;
    config.kv_heads = 5;
    config.head_dim = 64;
    config.ffn = 864;
    config.max_sequence = 256;
    config.tied = true;
    return config;
}

json::object measure_training(const trainer::Kernels& kernels, double enough) {
    constexpr std::uint32_t k_batch = 8;
    constexpr std::uint32_t k_sequence = 256;
    const trainer::ModelConfig config = measured_model();
    trainer::TrainConfig train;
    train.batch = k_batch;
    train.sequence = k_sequence;
    train.steps = 1;
    train.learning_rate = trainer::Float32(1e-4F);
    trainer::Device& device = kernels.device();
    const std::vector<float> initial = trainer::initialize_parameters(config, 1);
    trainer::DeviceArray<float> parameters(device, std::span<const float>(initial));
    trainer::DeviceArray<float> gradient(device, initial.size());
    trainer::DeviceArray<float> losses(device, std::size_t{k_batch} * k_sequence);
    trainer::Moments moments(initial.size(), device);
    trainer::Transformer transformer(kernels, config, k_sequence, trainer::Transformer::Use::gradients,
                                     std::int64_t{k_batch} * k_sequence);
    std::vector<std::int32_t> windows(std::size_t{k_batch} * (k_sequence + 1));
    for (std::size_t i = 0; i < windows.size(); ++i)
        windows[i] = static_cast<std::int32_t>(i * 7919 % config.vocab);
    const double seconds = seconds_of(
        enough,
        [&] {
            transformer.gradient(gradient, losses, parameters, windows);
            trainer::adamw_step(kernels, transformer.layout(), train, 1, parameters, moments, gradient);
        },
        losses, device);
    const double rate = k_batch * k_sequence / seconds;
    return {{"parameters", initial.size()},
            {"tokens_per_step", k_batch * k_sequence},
            {"tokens_per_second", rate}};
}

Status bench_device(const BenchOptions& options, bool as_json) {
    trainer::ThreadPool pool(static_cast<int>(options.threads));
    DURE_TRY(const auto kernels, open_device(options.device, pool));
    const std::string name = kernels->device().name();
    const std::string host = std::string(trainer::isa_name(kernels->isa())) + ", " +
                             std::to_string(options.threads) +
                             (options.threads == 1 ? " thread" : " threads");
    json::object result{{"device", name}, {"cpu", host}};
    if (!as_json) std::cout << "device " << name << " (CPU: " << host << ")\n" << std::flush;

    bool equal = true;
    if (options.check) {
        Table table({"operator", "cases", "against the reference"});
        result["operators"] = check_device(*kernels, table, equal);
        result["equal"] = equal;
        if (!as_json) std::cout << "\n" << table.text() << std::flush;
    }
    Table table({"product", "tokens x out x in", "GFLOP/s"});
    result["products"] = measure_products(*kernels, options.seconds, table);
    if (!as_json) std::cout << "\n" << table.text() << std::flush;
    result["training"] = measure_training(*kernels, options.seconds);
    const json::object& training = result["training"].as_object();
    if (as_json) {
        std::cout << pretty(result) << "\n";
    } else {
        std::cout << "\ntraining: " << number(training.at("tokens_per_second").as_double(), 0)
                  << " tokens/s in steps of " << training.at("tokens_per_step").to_number<std::int64_t>()
                  << " tokens, " << training.at("parameters").to_number<std::uint64_t>() << " parameters\n";
    }
    if (!equal)
        return Error{ErrorCode::corrupt,
                     name +
                         " does not give the reference's bits: it must not train; the table "
                         "above says where"};
    return {};
}

}  // namespace

void add_bench(Program& program) {
    CLI::App& bench =
        program.command(nullptr, "bench", "measure this machine", {"dure bench device --device cuda"});
    bench.require_subcommand(1);
    const auto options = std::make_shared<BenchOptions>();
    CLI::App& command =
        program.command(&bench, "device", "check a device against the reference, bit for bit, and measure it",
                        {"dure bench device", "dure bench device --device cuda --json > device.json"},
                        "Exit status 1: some operator's bits differ from the reference's. 4: this machine or "
                        "program lacks what the\n"
                        "device needs; the message says what.");
    add_device_option(command, options->device);
    command.add_option("--threads", options->threads, "threads of the CPU")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command.add_option("--seconds", options->seconds, "how long to measure each")
        ->check(CLI::Range(0.001, 60.0))
        ->capture_default_str();
    command.add_flag("!--no-check", options->check, "measure only");
    program.action(command, [&program, options] { return bench_device(*options, program.options().json); });
}

}  // namespace dure::tools

// Writes small models of every kind that can be exported, each with what Dure says to a text, for a program
// that shares no code with Dure (llama.py) to compare with.
//   export_sample FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/assert.h"
#include "tests/trainer/support.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/widen.h"
#include "trainer/inference/generator.h"
#include "trainer/interchange/llama_files.h"
#include "trainer/interchange/safetensors.h"

namespace dure::trainer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_text_tokens = 40;
constexpr std::uint32_t k_greedy_tokens = 20;

ModelConfig plain_model() {
    ModelConfig config = testing::tiny_model();
    config.active_vocab = config.vocab;  // other tools know no masked rows
    return config;
}

/// Decided enough that the greedy continuation is not a matter of rounding.
Checkpoint lively(const ModelConfig& config) {
    Checkpoint checkpoint = *initial_checkpoint(config, 1);
    testing::Numbers numbers(2);
    for (float& p : checkpoint.parameters)
        p += 0.25F * numbers.unit();
    for (float& m : checkpoint.outer_momentum)
        m = numbers.unit();
    return checkpoint;
}

void write_file(const fs::path& file, ByteView bytes) {
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    DURE_ASSERT(stream.good());
}

template <class T>
ByteView view(const std::vector<T>& values) {
    return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T)};
}

/// What `says` answers to a text stands beside the export of `checkpoint`.
void write_sample(const fs::path& folder, const Checkpoint& checkpoint, const Checkpoint& says) {
    const auto machine = testing::fastest_machine();
    const auto tokens = testing::random_tokens(k_text_tokens, says.config.active_vocab, 3);
    Generator generator = *Generator::create(*machine.kernels, says.config, says.parameters);
    std::vector<float> logits;
    for (const std::int32_t& token : tokens) {
        const auto row = *generator.append(std::span(&token, 1));
        logits.insert(logits.end(), row.begin(), row.end());
    }
    SamplingParams params;
    params.max_tokens = k_greedy_tokens;
    params.temperature = Float32(0.0F);
    const std::vector<std::int32_t> greedy = generator.generate(tokens, params)->tokens;

    fs::create_directories(folder);
    const ExportedModel model = export_model(checkpoint);
    write_file(folder / k_config_name, as_bytes(model.config));
    write_file(folder / k_weights_name, model.weights);
    Safetensors expected;
    expected.tensors = {{"tokens", Dtype::i32, {tokens.size()}, view(tokens)},
                        {"logits", Dtype::f32, {tokens.size(), says.config.vocab}, view(logits)},
                        {"greedy", Dtype::i32, {greedy.size()}, view(greedy)}};
    write_file(folder / "expected.safetensors", write_safetensors(expected));
}

void write_samples(const fs::path& folder) {
    const Checkpoint plain = lively(plain_model());
    write_sample(folder / "plain", plain, plain);

    ModelConfig config = plain_model();
    config.tied = false;
    config.heads = config.kv_heads = 3;
    config.rope_theta = Float32(5e5F);
    config.norm_epsilon = Float32(1e-6F);
    const Checkpoint untied = lively(config);
    write_sample(folder / "untied", untied, untied);

    config = plain_model();
    config.features.emplace_back(LinearRope{Float32(4.0F)});
    const Checkpoint linear = lively(config);
    write_sample(folder / "linear_scaling", linear, linear);

    config.features.clear();
    config.features.emplace_back(Llama3Rope{Float32(8.0F), Float32(1.0F), Float32(4.0F), 32});
    const Checkpoint llama3 = lively(config);
    write_sample(folder / "llama3_scaling", llama3, llama3);

    // The large model must say what the small one did.
    config = plain_model();
    config.layers = 3;
    config.heads = 8;
    config.kv_heads = 4;
    config.ffn = 32;
    write_sample(folder / "grown", *grow(plain, config, 5), plain);
    write_sample(folder / "widened", *widen(plain, 16, 5), plain);
}

}  // namespace
}  // namespace dure::trainer

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: export_sample FOLDER\n", stderr);
        return 2;
    }
    dure::trainer::write_samples(argv[1]);
    return 0;
}

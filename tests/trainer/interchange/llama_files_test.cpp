#include "trainer/interchange/llama_files.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstring>
#include <functional>

#include "tests/trainer/growth/support.h"
#include "trainer/interchange/safetensors.h"
#include "trainer/model/layout.h"

namespace dure::trainer {
namespace {

using testing::lively_checkpoint;
using testing::tiny_model;

ModelToImport files_of(const ExportedModel& model) {
    return {model.config, {model.weights}, model.outer_momentum};
}

/// An export whose tensors a test changes before they are written again, as another tool would.
class Changed {
  public:
    explicit Changed(const Checkpoint& checkpoint) : export_(export_model(checkpoint)) {
        const Safetensors content = *read_safetensors(export_.weights);
        for (const StoredTensor& tensor : content.tensors)
            tensors_.push_back({tensor.name, tensor.dtype, tensor.shape, to_bytes(tensor.data)});
    }

    struct Owned {
        std::string name;
        Dtype dtype;
        std::vector<std::uint64_t> shape;
        Bytes data;
    };
    Owned& tensor(const std::string& name) {
        return *std::find_if(tensors_.begin(), tensors_.end(),
                             [&](const Owned& t) { return t.name == name; });
    }
    std::vector<Owned>& tensors() { return tensors_; }
    std::string& config() { return export_.config; }

    Bytes written(std::size_t begin = 0, std::size_t end = SIZE_MAX) const {
        Safetensors content;
        for (std::size_t i = begin; i < std::min(end, tensors_.size()); ++i)
            content.tensors.push_back(
                {tensors_[i].name, tensors_[i].dtype, tensors_[i].shape, tensors_[i].data});
        return write_safetensors(content);
    }
    Result<Checkpoint> imported(const ImportOptions& options = {}) const {
        const Bytes weights = written();
        return import_model({export_.config, {weights}, {}}, options);
    }

  private:
    ExportedModel export_;
    std::vector<Owned> tensors_;
};

Checkpoint without_momentum(Checkpoint checkpoint) {
    std::fill(checkpoint.outer_momentum.begin(), checkpoint.outer_momentum.end(), 0.0F);
    return checkpoint;
}

TEST(LlamaFiles, EveryCheckpointComesBackBitForBit) {
    EXPECT_TRUE(rc::check([] {
        Checkpoint checkpoint = lively_checkpoint(testing::any_model(), *rc::gen::arbitrary<std::uint64_t>());
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                checkpoint = without_momentum(std::move(checkpoint));
                break;
            case 1:
                checkpoint = without_momentum(std::move(checkpoint));
                checkpoint.outer_momentum.back() = -0.0F;
                break;
            default:
                break;
        }
        const ExportedModel model = export_model(checkpoint);
        const auto back = import_model(files_of(model));
        if (!back) RC_FAIL(back.error().message);
        RC_ASSERT(back->encode() == checkpoint.encode());
        RC_ASSERT(back->root() == checkpoint.root());
    }));
}

TEST(LlamaFiles, ZeroMomentumNeedsNoFile) {
    const Checkpoint checkpoint = without_momentum(lively_checkpoint(tiny_model(), 1));
    EXPECT_TRUE(export_model(checkpoint).outer_momentum.empty());
}

TEST(LlamaFiles, TensorsStandInLlamasNamingAndShapes) {
    const ExportedModel model = export_model(lively_checkpoint(tiny_model(false), 1));
    const Safetensors content = *read_safetensors(model.weights);
    EXPECT_EQ(content.metadata.at("format"), "pt");
    const auto shape = [&](const std::string& name) {
        for (const StoredTensor& tensor : content.tensors) {
            if (tensor.name == name) return tensor.shape;
        }
        return std::vector<std::uint64_t>{};
    };
    using Shape = std::vector<std::uint64_t>;
    EXPECT_EQ(content.tensors.size(), 3U + 2 * 9);
    EXPECT_EQ(shape("model.embed_tokens.weight"), (Shape{23, 8}));
    EXPECT_EQ(shape("model.layers.1.self_attn.q_proj.weight"), (Shape{16, 8}));
    EXPECT_EQ(shape("model.layers.1.self_attn.k_proj.weight"), (Shape{8, 8}));
    EXPECT_EQ(shape("model.layers.0.self_attn.o_proj.weight"), (Shape{8, 16}));
    EXPECT_EQ(shape("model.layers.0.mlp.down_proj.weight"), (Shape{8, 24}));
    EXPECT_EQ(shape("model.layers.0.post_attention_layernorm.weight"), (Shape{8}));
    EXPECT_EQ(shape("model.norm.weight"), (Shape{8}));
    EXPECT_EQ(shape("lm_head.weight"), (Shape{23, 8}));
}

TEST(LlamaFiles, AnExportThatWasChangedIsRefused) {
    const Checkpoint checkpoint = lively_checkpoint(tiny_model(), 1);
    const ExportedModel model = export_model(checkpoint);
    ExportedModel damaged = model;
    damaged.weights.back() ^= 1;
    EXPECT_EQ(import_model(files_of(damaged)).error().code, ErrorCode::corrupt);
    damaged = model;
    damaged.outer_momentum.clear();
    EXPECT_EQ(import_model(files_of(damaged)).error().code, ErrorCode::corrupt);
    damaged = model;
    damaged.config.replace(damaged.config.find("\"active_vocab\":21"), 17, "\"active_vocab\":22");
    EXPECT_EQ(import_model(files_of(damaged)).error().code, ErrorCode::corrupt);
    damaged = model;
    damaged.outer_momentum = export_model(lively_checkpoint(tiny_model(), 2)).outer_momentum;
    const auto foreign = import_model(files_of(damaged));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::corrupt);
    EXPECT_NE(foreign.error().message.find("other weights"), std::string::npos);
}

TEST(LlamaFiles, ShardsInAnyOrderMakeTheSameModel) {
    const Checkpoint checkpoint = without_momentum(lively_checkpoint(tiny_model(false), 1));
    const Changed changed(checkpoint);
    const Bytes first = changed.written(0, 5);
    const Bytes second = changed.written(5, 11);
    const Bytes third = changed.written(11);
    const std::string config = export_model(checkpoint).config;
    const auto model = import_model({config, {second, third, first}, {}});
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(*model, checkpoint);
    const auto twice = import_model({config, {second, third, first, second}, {}});
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().message.find("same name"), std::string::npos);
    const auto lacking = import_model({config, {second, third}, {}});
    ASSERT_FALSE(lacking);
    EXPECT_EQ(lacking.error().code, ErrorCode::not_found);
    EXPECT_NE(lacking.error().message.find("model.embed_tokens.weight"), std::string::npos);
    EXPECT_NE(lacking.error().message.find("and 1 more"), std::string::npos) << lacking.error().message;
}

TEST(LlamaFiles, HalvesAndBfloatsAreWidenedExactly) {
    const Checkpoint checkpoint = without_momentum(lively_checkpoint(tiny_model(), 1));
    Changed changed(checkpoint);
    Checkpoint expected = checkpoint;
    const ParameterLayout layout = make_layout(checkpoint.config);
    for (const Tensor& tensor : layout.tensors) {
        const bool half = tensor.kind == TensorKind::gain;
        auto& stored = changed.tensor(tensor.name);
        stored.dtype = half ? Dtype::f16 : Dtype::bf16;
        stored.data.clear();
        for (std::int64_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
            float& value = expected.parameters[static_cast<std::size_t>(i)];
            // Gains near 1 become 1.5: 0x3E00 in half precision.
            const auto upper = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
            const std::uint16_t bits = half ? 0x3E00 : upper;
            value = half ? 1.5F : std::bit_cast<float>(std::uint32_t{upper} << 16U);
            stored.data.push_back(static_cast<std::uint8_t>(bits));
            stored.data.push_back(static_cast<std::uint8_t>(bits >> 8U));
        }
    }
    const auto imported = changed.imported();
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(*imported, expected);
}

TEST(LlamaFiles, TakesWhatOthersStoreBesides) {
    const Checkpoint checkpoint = without_momentum(lively_checkpoint(tiny_model(), 1));
    Changed changed(checkpoint);
    changed.tensors().push_back(
        {"model.layers.0.self_attn.rotary_emb.inv_freq", Dtype::f32, {2}, Bytes(8, 1)});
    Changed::Owned head = changed.tensor("model.embed_tokens.weight");
    head.name = "lm_head.weight";
    changed.tensors().push_back(head);
    const auto imported = changed.imported();
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(*imported, checkpoint);
    changed.tensor("lm_head.weight").data[0] ^= 1;
    EXPECT_NE(changed.imported().error().message.find("tie_word_embeddings"), std::string::npos);
}

TEST(LlamaFiles, FewerPositionsAreAnotherCheckpoint) {
    const Checkpoint checkpoint = lively_checkpoint(tiny_model(), 1);
    ExportedModel model = export_model(checkpoint);
    const auto shorter = import_model(files_of(model), {.max_sequence = 16, .active_vocab = 0});
    ASSERT_TRUE(shorter) << shorter.error().message;
    EXPECT_EQ(shorter->config.max_sequence, 16U);
    EXPECT_EQ(shorter->parameters, checkpoint.parameters);
}

TEST(LlamaFiles, RefusesTensorsThatAreNotTheModels) {
    const Checkpoint checkpoint = without_momentum(lively_checkpoint(tiny_model(false), 1));
    struct Mistake {
        const char* complaint;
        ErrorCode code;
        std::function<void(Changed&)> change;
    };
    const std::string q = "model.layers.1.self_attn.q_proj.weight";
    const Mistake mistakes[] = {
        {"has the shape [8, 16], but by config.json it has [16, 8]", ErrorCode::invalid,
         [&](Changed& c) { std::swap(c.tensor(q).shape[0], c.tensor(q).shape[1]); }},
        {"stored as F64", ErrorCode::invalid,
         [&](Changed& c) {
             c.tensor(q).dtype = Dtype::f64;
             c.tensor(q).data.resize(16 * 8 * 8);
         }},
        {"number 3 is not finite", ErrorCode::invalid,
         [&](Changed& c) {
             const float bad = std::numeric_limits<float>::infinity();
             std::memcpy(c.tensor(q).data.data() + 12, &bad, sizeof bad);
         }},
        {"no place for 1 of the file's tensors, the first of them 'model.layers.0.self_attn.q_proj.bias'",
         ErrorCode::invalid,
         [](Changed& c) {
             c.tensors().push_back({"model.layers.0.self_attn.q_proj.bias", Dtype::f32, {2}, Bytes(8)});
         }},
        {"set tie_word_embeddings", ErrorCode::not_found,
         [](Changed& c) {
             c.tensor("lm_head.weight").name = "model.layers.0.self_attn.rotary_emb.inv_freq";
         }},
        {"all shards", ErrorCode::not_found,
         [&](Changed& c) { c.tensor(q).name = "model.layers.1.self_attn.W_pack.weight"; }},
    };
    for (const Mistake& mistake : mistakes) {
        Changed changed(checkpoint);
        mistake.change(changed);
        const auto imported = changed.imported();
        ASSERT_FALSE(imported) << mistake.complaint;
        EXPECT_EQ(imported.error().code, mistake.code);
        EXPECT_NE(imported.error().message.find(mistake.complaint), std::string::npos)
            << imported.error().message;
    }
}

TEST(ShardNames, AreThoseOfTheIndexOnceEach) {
    const auto names = shard_names(R"({"metadata": {"total_size": 12}, "weight_map": {
        "a": "model-00002-of-00002.safetensors", "b": "model-00001-of-00002.safetensors",
        "c": "model-00002-of-00002.safetensors"}})");
    ASSERT_TRUE(names) << names.error().message;
    EXPECT_EQ(*names, (std::vector<std::string>{"model-00001-of-00002.safetensors",
                                                "model-00002-of-00002.safetensors"}));
}

TEST(ShardNames, RefusesPathsAndWhatIsNoIndex) {
    for (const char* const index :
         {"", "[]", "{}", R"({"weight_map": {}})", R"({"weight_map": {"a": 1}})",
          R"({"weight_map": {"a": "../secret.safetensors"}})", R"({"weight_map": {"a": "/x.safetensors"}})",
          R"({"weight_map": {"a": ".safetensors"}})", R"({"weight_map": {"a": "..safetensors"}})",
          R"({"weight_map": {"a": "model.bin"}})", R"({"weight_map": {"a": "b\\c.safetensors"}})"}) {
        const auto names = shard_names(index);
        ASSERT_FALSE(names) << index;
        EXPECT_EQ(names.error().code, ErrorCode::malformed);
    }
}

}  // namespace
}  // namespace dure::trainer

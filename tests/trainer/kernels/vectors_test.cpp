// The golden vectors of tests/vectors/arithmetic.txt: inputs and bit patterns of outputs of each operator, on every
// implementation of this CPU. tests/vectors/check computes the same outputs from docs/protocol/arithmetic.md alone.
// With DURE_WRITE_VECTORS set, the reference writes the file anew.
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>

#include "tests/trainer/kernels/machines.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer::testing {
namespace {

constexpr const char* k_file = DURE_SOURCE_DIR "/tests/vectors/arithmetic.txt";

struct Case {
    std::string operation;
    std::map<std::string, int64_t> sizes;
    std::map<std::string, std::vector<int32_t>> integers;
    std::map<std::string, Floats> in;
    std::map<std::string, Floats> out;

    int64_t size(const char* name) const { return sizes.at(name); }
    const float* floats(const char* name) const { return in.at(name).data(); }
    const int32_t* ints(const char* name) const { return integers.at(name).data(); }
    float scalar(const char* name) const { return in.at(name).at(0); }
};

using Results = std::map<std::string, Floats>;

Results run_products(const Kernels& k, const Case& c) {
    const int64_t T = c.size("T");
    const int64_t N = c.size("N");
    const int64_t K = c.size("K");
    Floats out = empty(T * N);
    k.matmul(out.data(), c.floats("x"), c.floats("w"), T, N, K);
    Floats added = c.in.at("dy");
    k.matmul(added.data(), c.floats("x"), c.floats("w"), T, N, K, Store::add);
    Floats dx = empty(T * K);
    k.matmul_input_gradient(dx.data(), c.floats("dy"), c.floats("w"), T, N, K);
    Floats dw = c.in.at("w");
    k.matmul_weight_gradient(dw.data(), c.floats("dy"), c.floats("x"), T, N, K);
    return {{"out", out}, {"added", added}, {"dx", dx}, {"dw", dw}};
}

Results run_rms_norm(const Kernels& k, const Case& c) {
    const int64_t T = c.size("T");
    const int64_t C = c.size("C");
    Floats out = empty(T * C);
    Floats inverse = empty(T);
    k.rms_norm(out.data(), inverse.data(), c.floats("x"), c.floats("gain"), c.scalar("epsilon"), T, C);
    Floats dx = c.in.at("x");
    Floats dgain = c.in.at("gain");
    k.rms_norm_gradient(dx.data(), dgain.data(), c.floats("dy"), c.floats("x"), c.floats("gain"),
                        inverse.data(), T, C);
    return {{"out", out}, {"inverse_rms", inverse}, {"dx", dx}, {"dgain", dgain}};
}

Results run_rotary(const Kernels& k, const Case& c) {
    const int64_t T = c.size("T");
    const int64_t heads = c.size("heads");
    const int64_t D = c.size("head_dim");
    const RotaryTable table = make_rotary_table(c.size("positions"), D, 10000.0);
    Floats turned = c.in.at("x");
    k.rotate(turned.data(), table.cosines.data(), table.sines.data(), c.ints("position"), T, heads, D);
    Floats back = c.in.at("x");
    k.rotate_back(back.data(), table.cosines.data(), table.sines.data(), c.ints("position"), T, heads, D);
    return {{"cosines", table.cosines}, {"sines", table.sines}, {"turned", turned}, {"back", back}};
}

Results run_swiglu(const Kernels& k, const Case& c) {
    const int64_t n = c.size("count");
    Floats out = empty(n);
    Floats dgate = empty(n);
    Floats dup = empty(n);
    k.swiglu(out.data(), c.floats("gate"), c.floats("up"), n);
    k.swiglu_gradient(dgate.data(), dup.data(), c.floats("dout"), c.floats("gate"), c.floats("up"), n);
    return {{"out", out}, {"dgate", dgate}, {"dup", dup}};
}

Results run_attention(const Kernels& k, const Case& c) {
    const AttentionShape shape{c.size("sequences"), c.size("positions"), c.size("heads"), c.size("kv_heads"),
                               c.size("head_dim")};
    const int64_t T = shape.sequences * shape.positions;
    Floats out = empty(T * shape.heads * shape.head_dim);
    Floats row_max = empty(T * shape.heads);
    Floats row_scale = row_max;
    k.attention(out.data(), row_max.data(), row_scale.data(), c.floats("q"), c.floats("k"), c.floats("v"),
                shape);
    Floats dq = empty(static_cast<int64_t>(out.size()));
    Floats dk = empty(T * shape.kv_heads * shape.head_dim);
    Floats dv = dk;
    k.attention_gradient(dq.data(), dk.data(), dv.data(), c.floats("dout"), out.data(), c.floats("q"),
                         c.floats("k"), c.floats("v"), row_max.data(), row_scale.data(), shape);
    return {{"out", out}, {"row_max", row_max}, {"row_scale", row_scale}, {"dq", dq}, {"dk", dk}, {"dv", dv}};
}

Results run_embedding(const Kernels& k, const Case& c) {
    const int64_t T = c.size("T");
    const int64_t C = c.size("C");
    Floats out = empty(T * C);
    k.embedding(out.data(), c.floats("table"), c.ints("id"), T, C);
    Floats dtable = c.in.at("table");
    k.embedding_gradient(dtable.data(), c.floats("dout"), c.ints("id"), T, C);
    return {{"out", out}, {"dtable", dtable}};
}

Results run_cross_entropy(const Kernels& k, const Case& c) {
    const int64_t T = c.size("T");
    const int64_t V = c.size("V");
    const int64_t active = c.size("active");
    Floats p = empty(T * V);
    Floats loss = empty(T);
    Floats slopes = empty(T * V);
    k.softmax(p.data(), c.floats("logits"), T, V, active);
    k.cross_entropy(loss.data(), slopes.data(), c.floats("logits"), c.ints("target"), T, V, active,
                    c.scalar("scale"));
    return {{"softmax", p}, {"loss", loss}, {"dlogits", slopes}};
}

Results run_adamw(const Kernels& k, const Case& c) {
    const AdamWScalars scalars{c.scalar("learning_rate"),   c.scalar("beta1"),
                               c.scalar("one_minus_beta1"), c.scalar("beta2"),
                               c.scalar("one_minus_beta2"), c.scalar("inverse_bias1"),
                               c.scalar("inverse_bias2"),   c.scalar("epsilon"),
                               c.scalar("weight_decay"),    c.scalar("gradient_scale")};
    Floats w = c.in.at("w");
    Floats m = c.in.at("m");
    Floats v = c.in.at("v");
    k.adamw(w.data(), m.data(), v.data(), c.floats("g"), c.size("count"), scalars);
    return {{"w", w}, {"m", m}, {"v", v}};
}

Results run_functions(const Kernels& k, const Case& c) {
    const int64_t n = c.size("count");
    Results results{{"exp", empty(n)}, {"log", empty(n)}, {"sigmoid", empty(n)}, {"tanh", empty(n)}};
    Floats magnitude = c.in.at("x");
    for (float& x : magnitude)
        x = x < 0 ? -x : x;
    k.exp(results["exp"].data(), c.floats("x"), n);
    k.log(results["log"].data(), magnitude.data(), n);
    k.sigmoid(results["sigmoid"].data(), c.floats("x"), n);
    k.tanh(results["tanh"].data(), c.floats("x"), n);
    return results;
}

Results run_sums(const Kernels& k, const Case& c) {
    const int64_t n = c.size("count");
    return {{"sum", {k.sum(c.floats("x"), n)}}, {"squares", {k.sum_of_squares(c.floats("x"), n)}}};
}

const std::map<std::string, Results (*)(const Kernels&, const Case&)>& operations() {
    static const std::map<std::string, Results (*)(const Kernels&, const Case&)> all = {
        {"products", run_products},   {"rms_norm", run_rms_norm},
        {"rotary", run_rotary},       {"swiglu", run_swiglu},
        {"attention", run_attention}, {"embedding", run_embedding},
        {"adamw", run_adamw},         {"functions", run_functions},
        {"sums", run_sums},           {"cross_entropy", run_cross_entropy}};
    return all;
}

std::vector<Case> cases_to_write() {
    Random random(77);
    std::vector<Case> all;
    const auto add = [&](const char* operation, std::map<std::string, int64_t> sizes) -> Case& {
        all.push_back({operation, std::move(sizes), {}, {}, {}});
        return all.back();
    };
    for (const auto& [T, N, K] :
         {std::tuple<int64_t, int64_t, int64_t>{5, 7, 33}, {515, 2, 3}, {1, 17, 20}}) {
        Case& c = add("products", {{"T", T}, {"N", N}, {"K", K}});
        c.in = {{"x", random.values(T * K)}, {"w", random.values(N * K)}, {"dy", random.values(T * N)}};
    }
    for (const int64_t T : {2, 514}) {
        const int64_t C = T == 2 ? 70 : 3;
        Case& c = add("rms_norm", {{"T", T}, {"C", C}});
        c.in = {{"x", random.values(T * C)},
                {"gain", random.values(C)},
                {"dy", random.values(T * C)},
                {"epsilon", {1e-5f}}};
    }
    Case& rotary = add("rotary", {{"T", 3}, {"heads", 2}, {"head_dim", 10}, {"positions", 12}});
    rotary.in = {{"x", random.values(60)}};
    rotary.integers = {{"position", {11, 0, 7}}};
    Case& swiglu = add("swiglu", {{"count", 67}});
    swiglu.in = {{"gate", random.values(67)}, {"up", random.values(67)}, {"dout", random.values(67)}};
    Case& attention = add(
        "attention", {{"sequences", 2}, {"positions", 35}, {"heads", 4}, {"kv_heads", 2}, {"head_dim", 6}});
    attention.in = {{"q", random.values(1680)},
                    {"k", random.values(840)},
                    {"v", random.values(840)},
                    {"dout", random.values(1680)}};
    Case& embedding = add("embedding", {{"T", 6}, {"C", 5}});
    embedding.in = {{"table", random.values(20)}, {"dout", random.values(30)}};
    embedding.integers = {{"id", {3, 1, 3, 0, 1, 3}}};
    Case& head = add("cross_entropy", {{"T", 3}, {"V", 45}, {"active", 41}});
    head.in = {{"logits", random.values(135)}, {"scale", {0.25f}}};
    head.integers = {{"target", {40, -1, 0}}};
    Case& adamw = add("adamw", {{"count", 37}});
    const AdamWScalars s = adamw_scalars({}, 1e-3, 3, 0.75f);
    adamw.in = {{"w", random.values(37)}, {"m", random.values(37)}, {"g", random.values(37)}};
    adamw.in["v"] = random.values(37);
    for (float& v : adamw.in["v"])
        v = v * v;
    for (const auto& [name, value] : {std::pair{"learning_rate", s.learning_rate},
                                      {"beta1", s.beta1},
                                      {"one_minus_beta1", s.one_minus_beta1},
                                      {"beta2", s.beta2},
                                      {"one_minus_beta2", s.one_minus_beta2},
                                      {"inverse_bias1", s.inverse_bias1},
                                      {"inverse_bias2", s.inverse_bias2},
                                      {"epsilon", s.epsilon},
                                      {"weight_decay", s.weight_decay},
                                      {"gradient_scale", s.gradient_scale}})
        adamw.in[name] = {value};
    Case& functions = add("functions", {{"count", 120}});
    functions.in = {{"x", random.values(60)}};
    for (int64_t i = 0; i < 60; ++i)
        functions.in["x"].push_back(random.unit() * (i % 2 == 0 ? 100.0f : 10.0f));
    for (const int64_t count : {33, 8230}) {
        Case& sums = add("sums", {{"count", count}});
        sums.in = {{"x", random.values(count)}};
    }
    return all;
}

void write_floats(std::ostream& file, const char* kind, const Results& arrays) {
    for (const auto& [name, values] : arrays) {
        file << kind << ' ' << name << std::hex << std::setfill('0');
        for (const float value : values)
            file << ' ' << std::setw(8) << std::bit_cast<uint32_t>(value);
        file << std::dec << '\n';
    }
}

void write_cases() {
    std::ofstream file(k_file);
    for (const Case& c : cases_to_write()) {
        file << "case " << c.operation << '\n';
        for (const auto& [name, value] : c.sizes)
            file << "size " << name << ' ' << value << '\n';
        for (const auto& [name, values] : c.integers) {
            file << "integers " << name;
            for (const int32_t value : values)
                file << ' ' << value;
            file << '\n';
        }
        write_floats(file, "in", c.in);
        write_floats(file, "out", operations().at(c.operation)(reference(), c));
    }
}

std::vector<Case> read_cases() {
    std::vector<Case> all;
    std::ifstream file(k_file);
    std::string text;
    while (std::getline(file, text)) {
        std::istringstream line(text);
        std::string kind;
        std::string name;
        line >> kind >> name;
        if (kind == "case") {
            all.push_back({name, {}, {}, {}, {}});
        } else if (kind == "size") {
            line >> all.back().sizes[name];
        } else if (kind == "integers") {
            int32_t value = 0;
            while (line >> value)
                all.back().integers[name].push_back(value);
        } else {
            Floats& values = (kind == "in" ? all.back().in : all.back().out)[name];
            uint32_t bits = 0;
            while (line >> std::hex >> bits)
                values.push_back(std::bit_cast<float>(bits));
        }
    }
    return all;
}

TEST(Vectors, AreMetByEveryMachine) {
    if (std::getenv("DURE_WRITE_VECTORS") != nullptr) write_cases();
    const std::vector<Case> cases = read_cases();
    ASSERT_GE(cases.size(), operations().size()) << "no cases in " << k_file;
    for (const Case& c : cases) {
        for (const Machine& machine : machines()) {
            const Results results = operations().at(c.operation)(*machine.kernels, c);
            ASSERT_EQ(results.size(), c.out.size());
            for (const auto& [name, values] : results)
                expect_same_bits(c.out.at(name), values, c.operation + ", " + name + ", " + machine.name);
        }
    }
}

}  // namespace
}  // namespace dure::trainer::testing

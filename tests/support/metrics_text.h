// A strict reader of Prometheus' text exposition format, version 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats): what it refuses a Prometheus server might misread.
#pragma once

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dure::test {

struct MetricsFamily {
    std::string help;
    std::string type;
    std::map<std::string, double> samples;  ///< by the whole of what stands before the value
};

class MetricsReader {
  public:
    /// Throws std::runtime_error with the line that is wrong.
    static std::map<std::string, MetricsFamily> read(std::string_view text) {
        if (text.empty() || text.back() != '\n') throw std::runtime_error("the last line has no end");
        MetricsReader reader;
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            reader.take(std::string(text.substr(0, end)));
            text.remove_prefix(end + 1);
        }
        for (const auto& [name, family] : reader.families_) {
            if (family.type.empty() || family.help.empty() || family.samples.empty())
                throw std::runtime_error(name + " lacks HELP, TYPE or samples");
        }
        return reader.families_;
    }

  private:
    void take(const std::string& line) {
        static const std::regex help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\\]|\\\\\\\\|\\\\n)+)");
        static const std::regex type(
            "# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
        static const std::regex sample(
            "(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\]|\\\\[\\\\\"n])*\",?)*"
            "\\})?) "
            "([^ ]+)( -?[0-9]+)?");
        std::smatch found;
        if (std::regex_match(line, found, help)) {
            begin(found[1], line);
            families_[found[1]].help = found[2];
        } else if (std::regex_match(line, found, type)) {
            if (found[1] != current_) begin(found[1], line);
            MetricsFamily& family = families_[found[1]];
            if (!family.type.empty() || !family.samples.empty())
                throw std::runtime_error("late or second: " + line);
            family.type = found[2];
        } else if (std::regex_match(line, found, sample)) {
            if (current_.empty() || family_of(found[2]) != current_)
                throw std::runtime_error("stands outside its family: " + line);
            if (!families_[current_].samples.emplace(found[1], number(found[3], line)).second)
                throw std::runtime_error("comes twice: " + line);
        } else {
            throw std::runtime_error("not of the format: " + line);
        }
    }

    void begin(const std::string& name, const std::string& line) {
        if (!seen_.insert(name).second) throw std::runtime_error("the family begins twice: " + line);
        current_ = name;
    }

    /// A summary's samples are named after it with _sum and _count; of a histogram also _bucket.
    std::string family_of(const std::string& name) const {
        const auto family = families_.find(current_);
        if (family == families_.end()) return name;
        const std::string& type = family->second.type;
        if (type != "summary" && type != "histogram") return name;
        for (const char* const end : {"_sum", "_count", "_bucket"}) {
            if (name == current_ + end) return current_;
        }
        return name;
    }

    static double number(const std::string& text, const std::string& line) {
        if (text == "NaN" || text == "+Inf" || text == "-Inf") return 0;
        double value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc() || end != text.data() + text.size())
            throw std::runtime_error("not a number: " + line);
        return value;
    }

    std::map<std::string, MetricsFamily> families_;
    std::set<std::string> seen_;
    std::string current_;
};

}  // namespace dure::test

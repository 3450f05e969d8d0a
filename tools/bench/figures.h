// How a benchmark reports: one line a figure, `name value unit bar ok|short`, details as JSON where --json
// says, and an exit status that is 0 only if every bar is met. tools/figures builds and runs the programs
// that use this.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace dure::bench {

/// Which side of the bar is good.
enum class Bar { at_least, at_most };

class Figures {
  public:
    /// Reads `[--json FILE]`; anything else prints how it is used and exits with 2.
    Figures(std::string_view name, int argc, const char* const* argv);

    /// One measured figure against its bar.
    void add(std::string_view figure, double value, std::string_view unit, Bar side, double bar);
    /// What stands beside the figures (machine, sizes, raw times); only in the JSON.
    void detail(std::string_view key, boost::json::value value);

    /// Prints the lines, writes the JSON. Returns the process's exit status.
    int finish() const;

  private:
    struct Line {
        std::string figure;
        double value;
        std::string unit;
        Bar side;
        double bar;
        bool ok() const { return side == Bar::at_least ? value >= bar : value <= bar; }
    };
    std::string name_;
    std::string json_file_;
    std::vector<Line> lines_;
    boost::json::object details_;
};

}  // namespace dure::bench

#pragma once

// What was measured: any number of values by name, from any number of turns.
// Knows no unit; the name says it.

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace roster::bench {

/// The value below which the part `q` of all values lies. Requires: there is one.
double quantile(std::vector<double> values, double q);

/// Names have no spaces in them.
class Samples {
  public:
    void add(const std::string& name, double value) { values_[name].push_back(value); }
    void add(const Samples& others);

    /// Nothing where nothing has that name.
    std::optional<double> median(const std::string& name) const;
    std::optional<double> largest(const std::string& name) const;

    void write(std::ostream& out) const;
    void read(std::istream& in);

  private:
    std::map<std::string, std::vector<double>> values_;
};

}  // namespace roster::bench

#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/atomic_hook.hpp"
#include "tests/simulation/simulated_loop.hpp"

namespace vyre::simulation {

/// Runs the simulation that the seed stands for, to its end: true loops, drivers, pumps, queues,
/// regions and workers, over simulated files, rings and threads. Ends the process where an
/// invariant breaks.
Coverage simulate(u64 seed);
/// What simulate() would run.
std::string describe(u64 seed);

}  // namespace vyre::simulation

#include "device_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "fail.hpp"
#include "measure.hpp"
#include "vir0/result_combine.hpp"
#include "vyre/program_text.hpp"

namespace vyre::bench::gpu {

VerifiedProgram read_program(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(fmt::format("{} cannot be read", path));
  return expect(verify(expect(assemble(std::string{std::istreambuf_iterator<char>(file), {}}))));
}

DeviceProgram::DeviceProgram(Machine& machine, const VerifiedProgram& program, u32 opcode,
                             hand::DeviceBytes bytes, const ChunkShape& shape)
    : machine_(machine),
      combines_(vir0::result_combines(program.program())),
      carry_words_(program.program().carry_words),
      opcode_(opcode),
      bytes_(bytes),
      shape_(shape),
      chunks_(static_cast<u32>((bytes.size + shape.chunk_bytes - 1) / shape.chunk_bytes)) {
  if (chunks_ > Machine::kCapacity) fail(fmt::format("{} chunks at once", chunks_));
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data);
  region_ = expect(machine.kernel().add_region({data, bytes.size}, chunks_, shape.records));
}

backend::WorkItem DeviceProgram::item(u32 chunk) const {
  namespace argument = wire::chunk_argument;
  const u64 own_begin = u64{chunk} * shape_.chunk_bytes;
  const u64 own_end = std::min(own_begin + shape_.chunk_bytes, bytes_.size);
  const u64 halo = shape_.separate ? 0 : kHaloBytes;
  const u64 begin = own_begin - std::min(own_begin, halo);
  const u64 end = std::min(own_end + halo, bytes_.size);
  const u64 file_offset = shape_.separate ? 0 : begin;
  backend::WorkItem made{
      .opcode = opcode_, .tenant = 0, .priority = wire::Priority::kNormal, .arguments = {}};
  made.arguments[argument::kDataOffsetLow] = static_cast<u32>(begin);
  made.arguments[argument::kDataOffsetHigh] = static_cast<u32>(begin >> 32);
  made.arguments[argument::kLength] = static_cast<u32>(end - begin);
  made.arguments[argument::kOwnBegin] = static_cast<u32>(own_begin - begin);
  made.arguments[argument::kOwnEnd] = static_cast<u32>(own_end - begin);
  made.arguments[argument::kFileOffsetLow] = static_cast<u32>(file_offset);
  made.arguments[argument::kFileOffsetHigh] = static_cast<u32>(file_offset >> 32);
  made.arguments[argument::kOutcome] = chunk;
  made.arguments[argument::kRegion] = region_.id();
  return made;
}

void DeviceProgram::take_words(u32 chunk) {
  const auto parts = region_.results(chunk);
  for (std::size_t i = 0; i < combines_.size(); ++i) {
    words_[i] = vir0::combine(combines_[i], words_[i], parts[i]);
  }
}

double DeviceProgram::run() {
  release();
  words_.clear();
  for (const Combine kind : combines_) words_.push_back(vir0::identity(kind));
  if (carry_words_ != 0) {
    for (u32 chunk = 0; chunk < chunks_; ++chunk) {
      std::fill_n(region_.carry(chunk).begin(), carry_words_, u64{0});
    }
  }
  backend::WorkQueue& queue = machine_.queue();
  first_position_ = queue.next_position();
  const double seconds = seconds_of([&] {
    for (u32 chunk = 0; chunk < chunks_; ++chunk) expect(queue.publish(item(chunk)));
    for (u32 chunk = 0; chunk < chunks_; ++chunk) {
      machine_.wait(first_position_ + chunk);
      take_words(chunk);
    }
    for (std::size_t i = 0; i < combines_.size(); ++i) {
      words_[i] = vir0::finish(combines_[i], words_[i], bytes_.size);
    }
  });
  held_ = true;
  return seconds;
}

Answer DeviceProgram::answer() {
  Answer answer{words_, {}};
  for (u32 chunk = 0; chunk < chunks_; ++chunk) {
    if (region_.overflowed(chunk)) fail(fmt::format("chunk {} has more records than room", chunk));
    const u64 own_begin = u64{chunk} * shape_.chunk_bytes;
    const u64 begin =
        shape_.separate ? own_begin : own_begin - std::min<u64>(own_begin, kHaloBytes);
    for (const wire::Record& record : region_.records(chunk)) {
      answer.records.add(begin + record.offset, record.value);
    }
  }
  release();
  return answer;
}

void DeviceProgram::release() {
  if (!held_) return;
  for (u32 chunk = 0; chunk < chunks_; ++chunk) machine_.queue().release(first_position_ + chunk);
  held_ = false;
}

}  // namespace vyre::bench::gpu

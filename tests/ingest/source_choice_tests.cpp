#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "ingest/device_source.hpp"
#include "ingest/source_opener.hpp"
#include "tests/ingest/device_harness.hpp"

// Which path a source takes, why no better one, and what is refused.
namespace vyre::ingest {
namespace {

using test::SimulatedDevices;
using test::TemporaryTree;

enum class Kind { kFile, kNamespaceNode, kNvmeBlock, kPartition, kOtherBlock };
enum class Taken { kRefused, kBuffered, kDirect, kCommands };

constexpr u64 kBlocks = 256;

/// Nodes of every kind, each a file of the same size.
struct Machine {
  Machine() : file(tree.add("file", test::noise(kBlocks * 512, 1)).path) {
    for (const char* name : {"ng0n1", "nvme0n1", "nvme0n1p1", "sda"}) {
      tree.add(name, test::noise(kBlocks * 512, 2));
    }
    devices.identity = {.nsid = 1, .block_bytes = 512, .blocks = kBlocks, .largest_command = 4096};
    devices.block_device = {kBlocks * 512, 512};
    const std::string node = tree.path("ng0n1");
    devices.namespaces[node] = node;
    devices.nodes[node] = {.kind = nvme::NodeKind::kNamespace, .name = "ng0n1"};
    devices.nodes[tree.path("nvme0n1")] = {
        .kind = nvme::NodeKind::kBlock, .name = "nvme0n1", .namespace_node = node};
    devices.nodes[tree.path("nvme0n1p1")] = {.kind = nvme::NodeKind::kBlock,
                                             .name = "nvme0n1p1",
                                             .namespace_node = node,
                                             .partition = true,
                                             .sectors = {64, 100}};
    devices.nodes[tree.path("sda")] = {.kind = nvme::NodeKind::kBlock, .name = "sda"};
    const base::OwnedFd probe(::open(file.c_str(), O_RDONLY | O_DIRECT));
    direct_works = static_cast<bool>(probe);
  }

  std::string path_of(Kind kind) const {
    switch (kind) {
      case Kind::kFile:
        return file;
      case Kind::kNamespaceNode:
        return tree.path("ng0n1");
      case Kind::kNvmeBlock:
        return tree.path("nvme0n1");
      case Kind::kPartition:
        return tree.path("nvme0n1p1");
      case Kind::kOtherBlock:
        break;
    }
    return tree.path("sda");
  }

  Result<std::unique_ptr<OpenSource>> open(const FileSource& source, const SourceRules& rules) {
    telemetry = {};
    certificate = {};
    return SourceOpener(rules, devices, telemetry, certificate).open(source);
  }
  Taken taken(Kind kind, const SourceRules& rules) {
    const auto opened = open({.path = path_of(kind)}, rules);
    error = opened ? Error{} : opened.error();
    if (!opened) return Taken::kRefused;
    const DeviceShape* shape = (*opened)->device();
    if (shape != nullptr && shape->name_space != nullptr) return Taken::kCommands;
    return (*opened)->direct() ? Taken::kDirect : Taken::kBuffered;
  }
  /// Why sources did not go by `path`.
  std::optional<PathReason> why_not(CertifiedPath path) const {
    for (const PathObstacle& obstacle : certificate.origins().at(0).obstacles) {
      if (obstacle.path == path) return obstacle.reason;
    }
    return std::nullopt;
  }

  TemporaryTree tree;
  std::string file;
  SimulatedDevices devices;
  bool direct_works = false;
  IngestTelemetry telemetry;
  PathCertificate certificate;
  Error error;
};

constexpr SourceRules rules(PathChoice path, bool registered = true, bool commands = true) {
  return {.path = path, .registered_target = registered, .commands = commands};
}

TEST(SourceChoice, TakesTheBestThatIsAllowedOrRefuses) {
  Machine machine;
  if (!machine.direct_works) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  struct Case {
    Kind kind;
    SourceRules rules;
    Taken taken;
    ErrorCode code = ErrorCode::kUnavailable;
  };
  using enum PathChoice;
  constexpr auto kInvalid = ErrorCode::kInvalidArgument;
  const Case cases[] = {
      {Kind::kFile, rules(kAuto), Taken::kBuffered},
      {Kind::kFile, rules(kMapped), Taken::kBuffered},
      {Kind::kFile, rules(kPassthrough), Taken::kRefused},
      {Kind::kFile, rules(kPeer, false), Taken::kDirect},
      {Kind::kFile, rules(kAuto, false), Taken::kDirect},
      {Kind::kNamespaceNode, rules(kAuto), Taken::kCommands},
      {Kind::kNamespaceNode, rules(kPassthrough), Taken::kCommands},
      {Kind::kNamespaceNode, rules(kPeer, false), Taken::kCommands},
      {Kind::kNamespaceNode, rules(kMapped), Taken::kRefused, kInvalid},
      {Kind::kNamespaceNode, rules(kAuto, true, false), Taken::kRefused},
      {Kind::kNvmeBlock, rules(kAuto), Taken::kCommands},
      {Kind::kNvmeBlock, rules(kPassthrough), Taken::kCommands},
      {Kind::kNvmeBlock, rules(kPeer, false), Taken::kCommands},
      {Kind::kNvmeBlock, rules(kMapped), Taken::kDirect},
      {Kind::kNvmeBlock, rules(kAuto, true, false), Taken::kDirect},
      {Kind::kNvmeBlock, rules(kPassthrough, true, false), Taken::kRefused},
      {Kind::kNvmeBlock, rules(kPeer, false, false), Taken::kDirect},
      {Kind::kPartition, rules(kAuto), Taken::kDirect},
      {Kind::kPartition, rules(kPassthrough), Taken::kRefused, kInvalid},
      {Kind::kPartition, rules(kPeer, false), Taken::kDirect},
      {Kind::kOtherBlock, rules(kAuto), Taken::kDirect},
      {Kind::kOtherBlock, rules(kMapped), Taken::kDirect},
      {Kind::kOtherBlock, rules(kPassthrough), Taken::kRefused},
      {Kind::kOtherBlock, rules(kPeer, false), Taken::kDirect},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(machine.path_of(each.kind) + " by " + std::string(to_string(each.rules.path)));
    EXPECT_EQ(machine.taken(each.kind, each.rules), each.taken) << machine.error.message();
    EXPECT_EQ(machine.telemetry.opens_failed.value(), each.taken == Taken::kRefused ? 1u : 0u);
    EXPECT_EQ(machine.telemetry.opens.value(), machine.telemetry.closes.value());
    if (each.taken != Taken::kRefused) continue;
    EXPECT_EQ(machine.error.code, each.code) << machine.error.message();
    EXPECT_FALSE(machine.error.fix.empty());
  }
}

TEST(SourceChoice, SaysWhyNoBetterPathWasTaken) {
  Machine machine;
  if (!machine.direct_works) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  struct Case {
    Kind kind;
    SourceRules rules;
    std::optional<PathReason> peer;
    std::optional<PathReason> passthrough;
    std::optional<PathReason> direct;
  };
  using enum PathChoice;
  using enum PathReason;
  SourceRules buffered = rules(kAuto);
  buffered.io_policy = IoPolicy::kBuffered;
  SourceRules direct = rules(kAuto);
  direct.io_policy = IoPolicy::kDirect;
  const std::optional<PathReason> none;
  const Case cases[] = {
      {Kind::kFile, rules(kAuto), kOrdinaryMemory, kRegularFile, kSmall},
      {Kind::kFile, buffered, kOrdinaryMemory, kRegularFile, kBufferedAsked},
      {Kind::kFile, direct, kOrdinaryMemory, kRegularFile, none},
      {Kind::kFile, rules(kMapped), kOtherPathAsked, kRegularFile, kSmall},
      {Kind::kNamespaceNode, rules(kAuto), kOrdinaryMemory, none, none},
      {Kind::kNamespaceNode, rules(kPassthrough), kOtherPathAsked, none, none},
      {Kind::kNvmeBlock, rules(kMapped), kOtherPathAsked, kOtherPathAsked, none},
      {Kind::kNvmeBlock, rules(kAuto, true, false), kOrdinaryMemory, kRingRefused, none},
      {Kind::kNvmeBlock, buffered, kOrdinaryMemory, kBufferedAsked, kBufferedAsked},
      {Kind::kPartition, rules(kAuto), kOrdinaryMemory, kPartition, none},
      {Kind::kOtherBlock, rules(kAuto), kOrdinaryMemory, kNotNvme, none},
      {Kind::kOtherBlock, buffered, kOrdinaryMemory, kNotNvme, kBufferedAsked},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(machine.path_of(each.kind) + " by " + std::string(to_string(each.rules.path)));
    EXPECT_NE(machine.taken(each.kind, each.rules), Taken::kRefused) << machine.error.message();
    EXPECT_EQ(machine.why_not(CertifiedPath::kPeer), each.peer);
    EXPECT_EQ(machine.why_not(CertifiedPath::kPassthrough), each.passthrough);
    EXPECT_EQ(machine.why_not(CertifiedPath::kRegisteredDirect), each.direct);
  }
  machine.taken(Kind::kNamespaceNode, rules(kPeer, false));
  EXPECT_TRUE(machine.certificate.origins().empty()) << "nothing is better";
}

TEST(SourceChoice, TellsWhatKeptItFromTheNamespace) {
  Machine machine;
  if (!machine.direct_works) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  machine.devices.refusal = EACCES;
  EXPECT_EQ(machine.taken(Kind::kNvmeBlock, rules(PathChoice::kAuto)), Taken::kDirect);
  const auto& obstacles = machine.certificate.origins().at(0).obstacles;
  const auto refused = std::find_if(obstacles.begin(), obstacles.end(), [](const auto& obstacle) {
    return obstacle.reason == PathReason::kNamespaceRefused;
  });
  ASSERT_NE(refused, obstacles.end());
  EXPECT_NE(refused->detail.find("Permission denied"), std::string::npos) << refused->detail;
  EXPECT_EQ(machine.taken(Kind::kNvmeBlock, rules(PathChoice::kPassthrough)), Taken::kRefused);
  EXPECT_EQ(machine.error.detail, EACCES);
  EXPECT_NE(machine.error.fix.find("let your user read"), std::string::npos) << machine.error.fix;
}

TEST(SourceChoice, APartitionsErrorNamesItsBlocks) {
  Machine machine;
  EXPECT_EQ(machine.taken(Kind::kPartition, rules(PathChoice::kPassthrough)), Taken::kRefused);
  EXPECT_NE(machine.error.fix.find("ng0n1 with `--lba 64:100`"), std::string::npos)
      << machine.error.fix;
}

TEST(SourceChoice, BlocksOfARegularFileAreRefused) {
  Machine machine;
  const auto opened =
      machine.open({.path = machine.file, .blocks = BlockRange{0, 1}}, rules(PathChoice::kAuto));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
}

TEST(SourceChoice, OtherNodesAreRefusedUnopened) {
  Machine machine;
  const std::string pipe = machine.tree.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, std::string("/dev/null"), machine.tree.path("")}) {
    const auto opened = machine.open({.path = path, .device = true}, rules(PathChoice::kAuto));
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
  }
}

bool passes_the_page_cache(const std::string& path) {
  IngestTelemetry telemetry;
  const auto file = OpenFile::open(path, IoPolicy::kDirect, telemetry);
  return file && (*file)->bypass_is_certain();
}

TEST(PeerTarget, IsReadByPlainReadsPastThePageCacheAndByCommandsWithoutRegistration) {
  const test::SimulatedDisk disk(512, 400, 8192);
  const std::string small = test::noise(700, 5);
  const std::string big = test::noise(100'001, 6);
  const std::vector<FileSource> files{disk.tree.add("small", small), disk.source(),
                                      disk.tree.add("big", big), disk.tree.add("empty", "")};
  if (!passes_the_page_cache(files[0].path)) {
    GTEST_SKIP() << "the file system of /tmp does not say that it reads past the page cache";
  }
  test::DeviceHarness harness(disk, {.path = PathChoice::kPeer, .registered_target = false});
  harness.faults->shuffle(4);
  harness.faults->fault = [](const uring::Submission& submission) {
    EXPECT_TRUE(submission.operation == uring::Operation::kRead ||
                submission.operation == uring::Operation::kNvmeRead)
        << "nothing opened by the ring, nothing into registered memory";
    return test::Fault{};
  };
  const auto& delivered = harness.run(files);
  EXPECT_TRUE(delivered.at(files[0].path).content == small);
  EXPECT_TRUE(delivered.at(disk.path()).content == disk.content());
  EXPECT_TRUE(delivered.at(files[2].path).content == big);
  EXPECT_EQ(delivered.at(files[3].path).ends, 1u);
  EXPECT_FALSE(delivered.at(files[3].path).error);
  EXPECT_TRUE(harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePeer));
  EXPECT_EQ(harness.telemetry().buffered_reads.value(), 0u);
  const OriginCertificate& origin = harness.driver->certificate().origins().at(0);
  EXPECT_GE(origin.path(CertifiedPath::kPeer).bytes.value(),
            small.size() + big.size() + disk.content().size());
  EXPECT_TRUE(origin.obstacles.empty());
}

TEST(PeerTarget, AFileSystemThatRefusesEndsInAnErrorNeverInThePageCache) {
  const TemporaryTree tree;
  const FileSource file = tree.add("file", test::noise(5000, 1));
  if (!passes_the_page_cache(file.path)) {
    GTEST_SKIP() << "the file system of /tmp does not say that it reads past the page cache";
  }
  for (const int refusal : {EINVAL, EREMOTEIO, EFAULT}) {
    test::DriverHarness harness({.path = PathChoice::kAuto, .registered_target = false});
    harness.faults->fault = [&](const uring::Submission&) {
      return test::Fault{.result = -refusal};
    };
    const test::Delivered delivered = harness.run({file}).at(file.path);
    ASSERT_TRUE(delivered.error);
    EXPECT_EQ(delivered.error->detail, refusal);
    EXPECT_EQ(delivered.error->fix.find("PCIe switch") != std::string::npos, refusal != EFAULT);
    EXPECT_EQ(harness.telemetry().buffered_bytes.value(), 0u);
  }
}

// Such a read would succeed, and the bytes would be right: the CPU has copied them.
TEST(PeerTarget, AFileSystemThatMayAnswerFromThePageCacheIsRefused) {
  std::string path = "/dev/shm/vyre-ingest-XXXXXX";
  const base::OwnedFd file(::mkstemp(path.data()));
  if (!file) GTEST_SKIP() << "there is no /dev/shm";
  const std::string content = test::noise(5000, 1);
  ASSERT_EQ(::write(file.get(), content.data(), content.size()), 5000);
  if (passes_the_page_cache(path)) GTEST_SKIP() << "/dev/shm is no tmpfs";
  test::DriverHarness harness({.path = PathChoice::kAuto, .registered_target = false});
  const test::Delivered delivered = harness.run({{path, content.size()}}).at(path);
  ::unlink(path.c_str());
  ASSERT_TRUE(delivered.error);
  EXPECT_EQ(delivered.error->code, ErrorCode::kUnavailable);
  EXPECT_TRUE(delivered.content.empty());
  EXPECT_EQ(harness.telemetry().path(ReadPath::kNvmePeer).submitted.value(), 0u);
}

TEST(PolledRing, PacksNothingAndReadsPastThePageCache) {
  const TemporaryTree tree;
  const FileSource file = tree.add("file", test::noise(5000, 1));
  if (!base::OwnedFd(::open(file.path.c_str(), O_RDONLY | O_DIRECT))) {
    GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  }
  for (const bool refused : {false, true}) {
    test::DriverHarness harness({.plays_polled = true});
    harness.faults->fault = [&](const uring::Submission& submission) {
      EXPECT_EQ(submission.operation, uring::Operation::kReadFixed);
      return test::Fault{.result = refused ? -EOPNOTSUPP : 0};
    };
    const test::Delivered delivered = harness.run({file}).at(file.path);
    EXPECT_EQ(harness.telemetry().buffered_reads.value(), 0u);
    ASSERT_EQ(delivered.error.has_value(), refused);
    if (refused) {
      EXPECT_NE(delivered.error->fix.find("poll_queues"), std::string::npos);
    } else {
      EXPECT_TRUE(delivered.content == test::noise(5000, 1));
    }
  }
}

TEST(DriverOptions, PathAndMemoryMustGoTogether) {
  auto buffer = memory::MappedBuffer::anonymous(2 * test::kSmallSlot);
  auto ring = uring::IoUring::create({.entries = 8});
  ASSERT_TRUE(buffer && ring);
  struct Case {
    PathChoice path;
    bool registered;
    u32 command_bytes;
  };
  for (const auto& [path, registered, command_bytes] :
       {Case{PathChoice::kPeer, true, 4096}, Case{PathChoice::kMapped, false, 4096},
        Case{PathChoice::kAuto, true, 0}, Case{PathChoice::kAuto, true, 512}}) {
    const auto made = IngestDriver::create(**ring, buffer->bytes(),
                                           {.slots = 2,
                                            .path = path,
                                            .registered_target = registered,
                                            .command_bytes = command_bytes});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vyre::ingest

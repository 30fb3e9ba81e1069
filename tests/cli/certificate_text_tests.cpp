#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/certificate_text.hpp"
#include "cli/run_statistics.hpp"
#include "cli/scan_statistics.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

PathCertificate two_origins() {
  PathCertificate certificate;
  certificate.add_obstacle(0, CertifiedPath::kPeer, PathReason::kOrdinaryMemory);
  certificate.add_obstacle(0, CertifiedPath::kPassthrough, PathReason::kRegularFile);
  certificate.add_obstacle(0, CertifiedPath::kPassthrough, PathReason::kRegularFile);
  certificate.add_obstacle(0, CertifiedPath::kRegisteredDirect, PathReason::kDirectRefused,
                           "open: Invalid argument");
  certificate.add_read(0, CertifiedPath::kRegisteredDirect, 1000);
  certificate.add_read(0, CertifiedPath::kRegisteredBuffered, 20);
  certificate.add_read(0, CertifiedPath::kRegisteredBuffered, 5);
  certificate.add_read(2, CertifiedPath::kPeer, 7);
  return certificate;
}

TEST(CertificateText, TellsEachPathWithWhyNoBetterOneWasTaken) {
  const std::vector<std::string> given = {"src", "empty", "/dev/ng0n1"};
  EXPECT_EQ(
      certificate_lines(two_origins(), given),
      "path        src: registered-direct, 1000 bytes in 1 reads; not peer: the slots are "
      "ordinary memory, not a device's; not passthrough: where a file's blocks lie is its "
      "file system's business (2 sources)\n"
      "            src: registered-buffered, 25 bytes in 2 reads; not registered-direct: O_DIRECT "
      "is refused here (open: Invalid argument)\n"
      "            /dev/ng0n1: peer, 7 bytes in 1 reads\n");
  EXPECT_EQ(certificate_lines({}, given), "");
}

TEST(CertificateText, NamesTheCurrentDirectoryWherePathsWereNotGiven) {
  PathCertificate certificate;
  certificate.add_read(0, CertifiedPath::kPassthrough, 1);
  EXPECT_THAT(certificate_lines(certificate, {}), HasSubstr("path        .: passthrough, "));
  EXPECT_EQ(certificate_json(certificate, {})[0]["path"], ".");
}

TEST(CertificateText, SumsWhatComesAfterSixteenPathsButTellsAllInJson) {
  PathCertificate certificate;
  std::vector<std::string> given;
  for (std::uint32_t origin = 0; origin < 40; ++origin) {
    given.push_back("p" + std::to_string(origin));
    certificate.add_read(origin, CertifiedPath::kRegisteredBuffered, 1);
    if (origin == 30) certificate.add_read(origin, CertifiedPath::kRegisteredDirect, 100);
  }
  const std::string text = certificate_lines(certificate, given);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 18);
  EXPECT_THAT(text, HasSubstr("            p15: registered-buffered, 1 bytes in 1 reads\n"
                              "            24 more: registered-direct, 100 bytes in 1 reads\n"
                              "            24 more: registered-buffered, 24 bytes in 24 reads\n"));
  EXPECT_EQ(certificate_json(certificate, given).size(), 40u);
}

TEST(CertificateText, TellsWhatWasNotKeptApart) {
  PathCertificate certificate;
  certificate.add_read(PathCertificate::kMostOrigins + 5, CertifiedPath::kPeer, 1);
  const std::vector<std::string> given(PathCertificate::kMostOrigins + 10, "p");
  EXPECT_THAT(certificate_lines(certificate, given), HasSubstr("paths from the 4097th on: peer"));
}

TEST(CertificateText, IsInTextAndJsonOfScanAndRun) {
  const std::vector<std::string> given = {"a\xFF", "b", "c"};
  const RunTotals totals;
  SessionStatistics session;
  session.certificate = two_origins();
  session.ingest.bad_blocks.add(3);
  session.ingest.reads_split.add(2);
  const ScanReport scan{.totals = {}, .session = session, .backend = {}, .given = given};
  const RunReport run{.totals = totals, .session = session, .backend = {}, .given = given};
  for (const std::string& text : {statistics_text(scan), run_statistics_text(run)}) {
    EXPECT_THAT(text, HasSubstr("\n" + certificate_lines(session.certificate, given)));
    EXPECT_THAT(text, HasSubstr("3 blocks could not be read; 2 reads made again"));
  }
  for (const std::string& text : {statistics_json(scan), run_summary_json(run, {})}) {
    const auto object = nlohmann::json::parse(text);
    EXPECT_EQ(object["bad_blocks"], 3);
    EXPECT_EQ(object["certificate"], certificate_json(session.certificate, given));
    EXPECT_EQ(object["certificate"][0]["path_bytes"], "Yf8=");
    EXPECT_EQ(object["certificate"][0]["taken"].dump(),
              R"([{"bytes":1000,"path":"registered-direct","reads":1},)"
              R"({"bytes":25,"path":"registered-buffered","reads":2}])");
    const auto& obstacle = object["certificate"][0]["not_taken"][2];
    EXPECT_EQ(obstacle["path"], "registered-direct");
    EXPECT_EQ(obstacle["reason"], "direct-refused");
    EXPECT_EQ(obstacle["sources"], 1);
    EXPECT_EQ(obstacle["detail"], "open: Invalid argument");
    EXPECT_FALSE(object["certificate"][0]["not_taken"][0].contains("detail"));
  }
}

}  // namespace
}  // namespace vyre::cli

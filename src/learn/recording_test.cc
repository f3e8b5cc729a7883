#include "learn/recording.h"

#include <gtest/gtest.h>

#include "learn/dataset.h"
#include "sim/files.h"

namespace lineside::learn {
namespace {

using domain::RecordingFormat;

std::string cmapss_line(int engine, int cycle, double first_sensor) {
  std::string line = std::to_string(engine) + " " + std::to_string(cycle) + " 0.1 -0.2 100.0";
  for (int sensor = 1; sensor <= 21; ++sensor)
    line += " " + std::to_string(first_sensor + sensor - 1);
  return line + "  \n";
}

class Recordings : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(files_.make_directories("/data").has_value());
    ASSERT_TRUE(files_.write_atomic("/data/" + name, as_bytes(text)).has_value());
  }
  Result<Recording> read(const domain::RecordingSpec& spec) {
    return read_recording(files_, "/data", spec);
  }
  Error refusal(const std::string& text, RecordingFormat format) {
    write("bad", text);
    domain::RecordingSpec spec{.format = format, .files = {"bad"}, .asset = "", .streams = {}};
    if (format == RecordingFormat::csv) {
      spec.asset = "m";
      spec.streams = {"temperature"};
    }
    const auto recording = read(spec);
    return recording ? Error{} : recording.error();
  }

  sim::SimFiles files_;
};

TEST_F(Recordings, ReadCmapss) {
  write("a.txt", cmapss_line(1, 1, 10) + "\n" + cmapss_line(1, 2, 20) + cmapss_line(2, 1, 30));
  write("b.txt", cmapss_line(1, 1, 40));
  const auto recording = read(
      {.format = RecordingFormat::cmapss, .files = {"a.txt", "b.txt"}, .asset = "", .streams = {}});
  ASSERT_TRUE(recording.has_value()) << recording.error().text;
  EXPECT_EQ(recording->readings.size(), 4U * 24);
  EXPECT_EQ(recording->streams.size(), 3U * 24);
  EXPECT_EQ(recording->streams[0].id(), "engine-001/setting1");
  EXPECT_EQ(recording->streams[4].id(), "engine-001/s2");
  EXPECT_EQ(recording->streams[23].id(), "engine-001/s21");
  EXPECT_EQ(recording->streams[48].id(), "engine-2-001/setting1");
  const domain::Reading reading = recording->readings.at(24 + 4);  // s2 of the second line
  EXPECT_EQ(reading.value, 21);
  EXPECT_EQ(reading.sequence, 2U);
  EXPECT_EQ(format_iso(reading.time), "2008-01-01T02:00:00Z");
  ASSERT_EQ(recording->files.size(), 2U);
  EXPECT_EQ(recording->files[1].name, "b.txt");
  EXPECT_EQ(recording->files[1].sha256.size(), 64U);
}

TEST_F(Recordings, KeepTheFirstReadingOfAKey) {
  write("m.csv",
        "timestamp,value\n2014-01-07 02:00:00,1\n2014-01-07 02:05:00,2\r\n2014-01-07 02:10:00,\n"
        "2014-01-07 02:00:00,9\n2014-01-07 02:05:00,2\n2014-01-07T02:15:00+01:00,3\n");
  const auto recording = read({.format = RecordingFormat::csv,
                               .files = {"m.csv"},
                               .asset = "m",
                               .streams = {"temperature"}});
  ASSERT_TRUE(recording.has_value()) << recording.error().text;
  EXPECT_EQ(recording->conflicts, 1U);
  EXPECT_EQ(recording->duplicates, 1U);
  ASSERT_EQ(recording->readings.size(), 3U);
  EXPECT_EQ(recording->readings.value, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(format_iso(Time{recording->readings.time_ns[2]}), "2014-01-07T01:15:00Z");
  EXPECT_EQ(recording->streams[0].id(), "m/temperature");
}

TEST_F(Recordings, SayWhereTheyDoNotParse) {
  EXPECT_EQ(refusal("1 2 3\n", RecordingFormat::cmapss).text,
            "/data/bad:1: expected 26 columns, found 3");
  EXPECT_EQ(refusal(cmapss_line(1, 1, 1) + cmapss_line(0, 1, 1), RecordingFormat::cmapss).text,
            "/data/bad:2: expected an engine, a whole number of 1..999999, found 0");
  EXPECT_EQ(refusal("1.5" + cmapss_line(1, 1, 1).substr(1), RecordingFormat::cmapss).text,
            "/data/bad:1: expected an engine, a whole number of 1..999999, found 1.5");
  EXPECT_EQ(refusal("1 2.5" + cmapss_line(1, 1, 1).substr(3), RecordingFormat::cmapss).text,
            "/data/bad:1: expected a cycle, a whole number of 1..1000000, found 2.5");
  for (const std::string text : {"inf", "-inf", "nan", "NaN", "infinity", "1e999"}) {
    EXPECT_EQ(refusal("1 1 " + text + cmapss_line(1, 1, 1).substr(7), RecordingFormat::cmapss).text,
              "/data/bad:1: expected a finite number, found '" + text + "'");
    EXPECT_EQ(refusal("t,v\n2014-01-07 02:00:00," + text + "\n", RecordingFormat::csv).text,
              "/data/bad:2: expected a finite number, found '" + text + "'");
  }
  EXPECT_EQ(refusal("t,v\n2014-01-07 02:00:00,many\n", RecordingFormat::csv).text,
            "/data/bad:2: expected a finite number, found 'many'");
  EXPECT_EQ(refusal("t,v,w\n", RecordingFormat::csv).text,
            "/data/bad:1: expected a timestamp and 1 columns, found 3 columns");
  EXPECT_TRUE(
      refusal("t,v\nyesterday,1\n", RecordingFormat::csv).text.starts_with("/data/bad:2: "));
  EXPECT_EQ(
      read({.format = RecordingFormat::csv, .files = {"none"}, .asset = "m", .streams = {"t"}})
          .error()
          .code,
      Code::not_found);
}

domain::PipelineSpec pipeline() {
  domain::PipelineSpec spec;
  spec.streams = {"s2", "s3"};
  spec.windows = {{.name = "w", .count = 3, .min_count = 2}};
  spec.every.count = 1;
  spec.features = {{.window = "w", .kinds = {"mean"}}};
  return spec;
}

TEST_F(Recordings, BecomeRowsWithTheirPlaceInTheAssetsLife) {
  std::string text;
  for (int cycle = 1; cycle <= 5; ++cycle) text += cmapss_line(1, cycle, 10 * cycle);
  for (int cycle = 1; cycle <= 3; ++cycle) text += cmapss_line(2, cycle, 100 * cycle);
  write("a.txt", text);
  const auto recording =
      read({.format = RecordingFormat::cmapss, .files = {"a.txt"}, .asset = "", .streams = {}});
  const auto dataset = make_dataset(*recording, pipeline());
  ASSERT_TRUE(dataset.has_value()) << dataset.error().text;
  EXPECT_EQ(dataset->features, (std::vector<std::string>{"s2.w.mean", "s3.w.mean"}));
  EXPECT_EQ(dataset->assets, (std::vector<std::string>{"engine-001", "engine-002"}));
  EXPECT_EQ(dataset->frame, (std::vector<std::int64_t>{2, 3, 4, 5, 2, 3}));
  EXPECT_EQ(dataset->frames_left, (std::vector<std::int64_t>{3, 2, 1, 0, 1, 0}));
  EXPECT_EQ(dataset->row(2)[0], 31);  // s2 is the cycle's first value and 1: mean of 21, 31, 41
  EXPECT_EQ(dataset->row(5)[1], 202);
  EXPECT_EQ(gather(*dataset, std::vector<std::size_t>{5, 0}),
            (std::vector<float>{201, 202, 16, 17}));
  EXPECT_EQ(dataset->definition, domain::feature_definition(pipeline()));
}

TEST_F(Recordings, SayWhyTheyYieldNoRow) {
  std::string text;
  for (int cycle = 1; cycle <= 5; ++cycle) text += cmapss_line(1, cycle, cycle);
  write("a.txt", text + cmapss_line(2, 1, 1));
  const auto recording =
      read({.format = RecordingFormat::cmapss, .files = {"a.txt"}, .asset = "", .streams = {}});
  const auto why = [](const Recording& of, const domain::PipelineSpec& spec) {
    const auto dataset = make_dataset(of, spec);
    return dataset ? "no error" : dataset.error().text;
  };
  domain::PipelineSpec spec = pipeline();
  spec.assets = "press-*";
  EXPECT_EQ(why(*recording, spec),
            "the recording yields no row of features: expected assets that match 'press-*', found "
            "'engine-001' and 1 more");
  spec = pipeline();
  spec.streams = {"s2", "s99"};
  EXPECT_EQ(why(*recording, spec),
            "the recording yields no row of features: expected readings of each stream, found none "
            "of 's99'");
  spec = pipeline();
  spec.windows[0] = {.name = "w", .count = 60, .min_count = 20};
  EXPECT_EQ(why(*recording, spec),
            "the recording yields no row of features: expected at least 20 frames of an asset for "
            "window 'w', found at most 5, of 'engine-001'");
  spec = pipeline();
  spec.every.count = 7;
  EXPECT_EQ(why(*recording, spec),
            "the recording yields no row of features: expected at least 7 frames of an asset for a "
            "row (every), found at most 5, of 'engine-001'");
  spec.every = {.count = std::nullopt, .duration = Duration::seconds(86400)};
  EXPECT_EQ(why(*recording, spec),
            "the recording yields no row of features: expected frames before and behind a multiple "
            "of 1d (every) for a row, found none");

  write("m.csv", "t,s2,s3\n2014-01-07 02:00:00,1,\n2014-01-07 02:05:00,,2\n");
  const auto apart = read(
      {.format = RecordingFormat::csv, .files = {"m.csv"}, .asset = "m", .streams = {"s2", "s3"}});
  EXPECT_EQ(why(*apart, pipeline()),
            "the recording yields no row of features: expected a time at which each stream has a "
            "reading, found none among 2");
}

TEST_F(Recordings, RowsToLearnLeaveOutWhatTheSpecNames) {
  std::string text;
  for (int cycle = 1; cycle <= 12; ++cycle) text += cmapss_line(1, cycle, cycle);
  write("a.txt", text);
  const auto recording =
      read({.format = RecordingFormat::cmapss, .files = {"a.txt"}, .asset = "", .streams = {}});
  const auto dataset = make_dataset(*recording, pipeline());  // rows of cycles 2 to 12
  const Time start{recording->readings.time_ns[0]};           // of cycle 1, 01:00
  const auto cycles = [&](const domain::LearnSpec& spec) {
    std::vector<std::int64_t> out;
    for (const std::size_t i : rows_to_learn(*dataset, spec, start))
      out.push_back(dataset->frame[i]);
    return out;
  };
  EXPECT_EQ(cycles({.from_frame = 10, .span = {}, .exclude = {}, .memory = {}}),
            (std::vector<std::int64_t>{10, 11, 12}));
  EXPECT_EQ(cycles({.span = Duration::seconds(3 * 3600), .exclude = {}, .memory = {}}),
            (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(cycles({.span = {},
                    .exclude = {{"2008-01-01T03:00:00", "2008-01-01T04:00:00Z"},
                                {"2008-01-01T08:30:00", "2008-01-01T09:30:00"}},
                    .memory = Duration::seconds(2 * 3600)}),
            (std::vector<std::int64_t>{2, 7, 8, 12}));
}

}  // namespace
}  // namespace lineside::learn

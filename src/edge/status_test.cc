// What an edge says of itself when its disk lets it down.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "codec/json_writer.h"
#include "edge/edge.h"
#include "sim/mqtt_broker.h"
#include "sim/stream.h"

namespace lineside::edge {
namespace {

const world::Endpoint kBroker{"127.0.0.1", 1883};

constexpr std::string_view kStatusPlant = R"(apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
  mappings:
    - topic: plant/{asset}/t
      streams: [{stream: temp, path: $.temp}]
)";

// The system's files, except that syncs fail while told so.
class FailingFiles final : public world::Files {
 public:
  std::optional<Error> failure;

  Result<std::unique_ptr<world::File>> open(const std::string& path) override {
    return std::make_unique<FailingFile>(TRY(real_.open(path)), failure);
  }
  Result<Bytes> read(const std::string& path) const override { return real_.read(path); }
  Result<void> write_atomic(const std::string& path, ByteView bytes) override {
    return real_.write_atomic(path, bytes);
  }
  Result<void> make_directories(const std::string& path) override {
    return real_.make_directories(path);
  }
  Result<std::vector<std::string>> list(const std::string& directory) const override {
    return real_.list(directory);
  }
  Result<void> remove(const std::string& path) override { return real_.remove(path); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return real_.rename(from, to);
  }
  bool exists(const std::string& path) const override { return real_.exists(path); }
  Result<std::uint64_t> size(const std::string& path) const override { return real_.size(path); }
  std::uint64_t stamp(const std::string& path) const override { return real_.stamp(path); }
  Result<void> sync_directory(const std::string& directory) override {
    return real_.sync_directory(directory);
  }

 private:
  class FailingFile final : public world::File {
   public:
    FailingFile(std::unique_ptr<world::File> real, const std::optional<Error>& failure)
        : real_(std::move(real)), failure_(failure) {}
    Result<void> append(ByteView bytes) override { return real_->append(bytes); }
    Result<void> sync() override {
      if (failure_) return *failure_;
      return real_->sync();
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
      return real_->read_at(offset, out);
    }
    Result<void> truncate(std::uint64_t size) override { return real_->truncate(size); }
    Result<std::uint64_t> size() const override { return real_->size(); }

   private:
    std::unique_ptr<world::File> real_;
    const std::optional<Error>& failure_;
  };

  world::Files& real_ = world::system_files();
};

class EdgeStatus : public testing::Test {
 protected:
  EdgeStatus()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("edge-status-" + world::system_random().token(4))) {
    std::filesystem::create_directories(folder_ / "config");
    std::ofstream(folder_ / "config" / "plant.yaml") << kStatusPlant;
  }
  ~EdgeStatus() override {
    edge_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    EdgeOptions options;
    options.config_folder = (folder_ / "config").string();
    options.data_folder = (folder_ / "data").string();
    auto edge = Edge::open(options, {files_, clock_, world::system_random(), dialer_, {}});
    ASSERT_TRUE(edge.has_value()) << edge.error().text;
    edge_ = std::move(*edge);
  }
  // The "store" of the status, once another reading has come.
  std::string store() {
    settle();
    broker_.publish("plant/press/t", R"({"temp":1})", 1);
    settle();
    codec::JsonWriter json;
    json.begin_object();
    edge_->write_status(json, 0);
    json.end_object();
    const std::string text = json.take();
    return text.substr(text.find("\"state\"", text.find("\"store\"")));
  }

  std::filesystem::path folder_;
  FailingFiles files_;
  std::unique_ptr<Edge> edge_;

 private:
  void settle() {
    for (int i = 0; i < 200; ++i) {
      broker_.poll(&listener_);
      edge_->step_all();
    }
  }

  world::Clock& clock_ = world::system_clock();
  sim::SimDialer dialer_;
  sim::SimListener listener_ = dialer_.listen(kBroker);
  sim::MqttBroker broker_{clock_};
};

TEST_F(EdgeStatus, CallsTheStoreFullOnlyWhenNoRoomIsLeft) {
  start();
  EXPECT_EQ(store(), R"("state":"ok","error":""}})");
  files_.failure = Error{Code::corrupt, "cannot sync: Input/output error"};
  EXPECT_EQ(store(), R"("state":"failed","error":"cannot sync: Input/output error"}})");
  files_.failure = Error{Code::exhausted, "cannot sync: No space left on device"};
  EXPECT_EQ(store(), R"("state":"full","error":"cannot sync: No space left on device"}})");
}

}  // namespace
}  // namespace lineside::edge

#include "base/queue.h"

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lineside {
namespace {

constexpr Duration kLong = Duration::seconds(60);

using Blocking = Queue<int, Overflow::block>;
using Dropping = Queue<int, Overflow::drop_oldest>;

TEST(Queue, KeepsOrder) {
  Blocking queue(3);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop({}), 1);
  EXPECT_EQ(queue.pop({}), 2);
  EXPECT_EQ(queue.pop(Duration::millis(1)), std::nullopt);
}

TEST(Queue, TryPushLeavesTheItemWhenThereIsNoRoom) {
  Queue<std::unique_ptr<int>, Overflow::block> queue(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(queue.try_push(first));
  EXPECT_FALSE(queue.try_push(second));
  ASSERT_NE(second, nullptr);
  queue.close();
  EXPECT_FALSE(queue.try_push(second));
  ASSERT_NE(second, nullptr);
}

TEST(Queue, DropsTheOldestAndCounts) {
  Dropping queue(2);
  int fourth = 4;
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_TRUE(queue.push(3));
  EXPECT_TRUE(queue.try_push(fourth));
  EXPECT_EQ(queue.dropped(), 2U);
  EXPECT_EQ(queue.pop({}), 3);
  EXPECT_EQ(queue.pop({}), 4);
}

TEST(Queue, AClosedQueueDropsNothingAndCanBeEmptied) {
  Dropping queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.dropped(), 0U);
  EXPECT_FALSE(queue.drained());
  EXPECT_EQ(queue.pop(kLong), 1);
  EXPECT_EQ(queue.pop(kLong), 2);
  EXPECT_TRUE(queue.drained());
  EXPECT_EQ(queue.pop(kLong), std::nullopt);
}

TEST(Queue, CloseWakesWhoWaits) {
  Blocking full(1);
  Blocking empty(1);
  EXPECT_TRUE(full.push(1));
  std::thread producer([&] { EXPECT_FALSE(full.push(2)); });
  std::thread consumer([&] { EXPECT_EQ(empty.pop(kLong), std::nullopt); });
  full.close();
  empty.close();
  producer.join();
  consumer.join();
  EXPECT_EQ(full.pop({}), 1);
  EXPECT_TRUE(full.drained());
}

TEST(Queue, BackpressureLosesNothing) {
  constexpr int kProducers = 3;
  constexpr int kItems = 5'000;
  Blocking queue(4);
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < kItems; ++i) EXPECT_TRUE(queue.push(p * kItems + i));
    });
  }
  std::vector<std::vector<int>> taken(2);
  std::vector<std::thread> consumers;
  for (auto& mine : taken) {
    consumers.emplace_back([&queue, &mine] {
      while (auto item = queue.pop(kLong)) mine.push_back(*item);
    });
  }
  for (auto& thread : producers) thread.join();
  queue.close();
  for (auto& thread : consumers) thread.join();

  std::set<int> all;
  for (const auto& mine : taken) {
    std::vector<int> last(kProducers, -1);
    for (const int item : mine) {
      EXPECT_TRUE(all.insert(item).second) << item << " was taken twice";
      EXPECT_LT(last[static_cast<std::size_t>(item / kItems)], item) << "order of one producer";
      last[static_cast<std::size_t>(item / kItems)] = item;
    }
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kProducers * kItems));
  EXPECT_EQ(queue.dropped(), 0U);
}

TEST(Queue, EveryItemIsTakenOrCountedAsDropped) {
  constexpr std::uint64_t kItems = 20'000;
  Dropping queue(8);
  std::uint64_t taken = 0;
  std::thread consumer([&] {
    while (queue.pop(kLong)) ++taken;
  });
  for (std::uint64_t i = 0; i < kItems; ++i) EXPECT_TRUE(queue.push(1));
  queue.close();
  consumer.join();
  EXPECT_EQ(taken + queue.dropped(), kItems);
}

}  // namespace
}  // namespace lineside

#include "http/body_pipe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace adtally::http {
namespace {

using Next = BodyReader::Next;

TEST(BodyPipe, BytesComeInOrderThenTheEnd) {
  BodyPipe pipe = BodyPipe::Create();
  std::string bytes;
  EXPECT_EQ(pipe.reader->Take(bytes), Next::kNothing);
  EXPECT_TRUE(pipe.writer.Write("ab"));
  EXPECT_TRUE(pipe.writer.Write("c"));
  pipe.writer.Finish();
  EXPECT_EQ(pipe.reader->Take(bytes), Next::kBytes);
  EXPECT_EQ(bytes, "abc");
  EXPECT_EQ(pipe.reader->Take(bytes), Next::kEnd);
}

TEST(BodyPipe, AWriterThatGoesWithoutAnEndBreaksTheBody) {
  std::string bytes;
  std::shared_ptr<BodyReader> reader;
  {
    BodyPipe pipe = BodyPipe::Create();
    reader = pipe.reader;
    pipe.writer.Write("half");
  }
  EXPECT_EQ(reader->Take(bytes), Next::kBytes);  // what came before is still handed over
  EXPECT_EQ(reader->Take(bytes), Next::kBroken);
}

TEST(BodyPipe, AFullPipeHoldsTheWriterUp) {
  BodyPipe pipe = BodyPipe::Create(false, 4);
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(pipe.writer.Write("four"));
      ++written;
    }
    pipe.writer.Finish();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(written, 1);
  std::string all, bytes;
  while (true) {
    const Next next = pipe.reader->Take(bytes);
    if (next == Next::kEnd) break;
    if (next == Next::kNothing) std::this_thread::yield();
    EXPECT_LE(bytes.size(), 4u);
    all += bytes;
  }
  writer.join();
  EXPECT_EQ(all, "fourfourfour");
}

TEST(BodyPipe, AReaderThatLeavesFreesTheWriter) {
  BodyPipe pipe = BodyPipe::Create(false, 1);
  ASSERT_TRUE(pipe.writer.Write("full"));
  std::optional<bool> taken;
  std::thread writer([&] { taken = pipe.writer.Write("more"); });
  EXPECT_FALSE(pipe.writer.ReaderLeft());
  pipe.reader.reset();
  writer.join();
  EXPECT_EQ(taken, false);
  EXPECT_TRUE(pipe.writer.ReaderLeft());
  EXPECT_FALSE(pipe.writer.TryWrite("x"));
}

TEST(BodyPipe, ItWakesTheReaderOnceForEachTimeItFoundNothing) {
  BodyPipe pipe = BodyPipe::Create();
  int woken = 0;
  pipe.reader->OnReady([&] { ++woken; });
  std::string bytes;
  pipe.writer.Write("early");  // the reader has not looked yet
  EXPECT_EQ(woken, 0);
  pipe.reader->Take(bytes);
  EXPECT_EQ(pipe.reader->Take(bytes), Next::kNothing);
  pipe.writer.Write("a");
  pipe.writer.Write("b");
  EXPECT_EQ(woken, 1);
  pipe.reader->Take(bytes);
  EXPECT_EQ(pipe.reader->Take(bytes), Next::kNothing);
  pipe.writer.Finish();
  EXPECT_EQ(woken, 2);
}

TEST(BodyPipe, TryWriteLeavesBytesOutThatWouldPileUp) {
  BodyPipe pipe = BodyPipe::Create(true);
  EXPECT_TRUE(pipe.reader->endless());
  EXPECT_TRUE(pipe.writer.TryWrite("one"));
  EXPECT_FALSE(pipe.writer.TryWrite("two"));
  std::string bytes;
  pipe.reader->Take(bytes);
  EXPECT_EQ(bytes, "one");
  EXPECT_TRUE(pipe.writer.TryWrite("two"));
}

}  // namespace
}  // namespace adtally::http

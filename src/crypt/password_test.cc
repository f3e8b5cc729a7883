#include "crypt/password.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypt/argon2_internal.h"

namespace lineside::crypt {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

// RFC 9106 section 5.3.
TEST(Argon2id, GivesThePublishedTag) {
  const Bytes password(32, std::byte{1});
  const Bytes salt(16, std::byte{2});
  const Bytes secret(8, std::byte{3});
  const Bytes associated(12, std::byte{4});
  Bytes tag(32);
  ASSERT_TRUE(argon2id({.password = password,
                        .salt = salt,
                        .secret = secret,
                        .associated = associated,
                        .cost = {.memory_kib = 32, .passes = 3, .lanes = 4}},
                       tag));
  EXPECT_EQ(to_hex(tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

struct PasswordVector {
  std::string_view password, salt, phc;
  Argon2Cost cost;
};

// The test program of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
TEST(Password, HashesAsTheReferenceImplementation) {
  const PasswordVector vectors[] = {
      {"password",
       "somesalt",
       "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
       {.memory_kib = 65536, .passes = 2, .lanes = 1}},
      {"password",
       "somesalt",
       "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
       {.memory_kib = 256, .passes = 2, .lanes = 1}},
      {"password",
       "somesalt",
       "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
       {.memory_kib = 256, .passes = 2, .lanes = 2}},
      {"differentpassword",
       "somesalt",
       "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
       {.memory_kib = 65536, .passes = 2, .lanes = 1}},
  };
  for (const PasswordVector& vector : vectors) {
    EXPECT_EQ(hash_password(vector.password, as_bytes(vector.salt), vector.cost).value(),
              vector.phc);
    EXPECT_TRUE(verify_password(vector.phc, vector.password).value());
    EXPECT_FALSE(verify_password(vector.phc, "Password").value());
  }
}

TEST(Password, CostsByDefaultWhatOwaspAdvises) {
  const std::string phc = hash_password("p", as_bytes("0123456789abcdef")).value();
  EXPECT_TRUE(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"));
  EXPECT_FALSE(needs_rehash(phc));
  EXPECT_TRUE(needs_rehash(phc, kCheap));
}

TEST(Password, IsAnyTextUpToItsLimit) {
  for (const std::string& password :
       {std::string(), std::string("\0a", 2), std::string(4096, 'x')}) {
    const std::string phc = hash_password(password, as_bytes("somesalt"), kCheap).value();
    EXPECT_TRUE(verify_password(phc, password).value());
    EXPECT_FALSE(verify_password(phc, password.substr(0, 1) + "y").value());
  }
  const std::string phc = hash_password("", as_bytes("somesalt"), kCheap).value();
  EXPECT_EQ(verify_password(phc, std::string(4097, 'x')).error().code, Code::invalid);
  EXPECT_EQ(hash_password(std::string(4097, 'x'), as_bytes("somesalt"), kCheap).error().code,
            Code::invalid);
}

TEST(Password, RefusesSaltAndCostOutOfRange) {
  EXPECT_EQ(hash_password("p", as_bytes("7 bytes"), kCheap).error().code, Code::invalid);
  EXPECT_EQ(hash_password("p", Bytes(49), kCheap).error().code, Code::invalid);
  for (const Argon2Cost cost :
       {Argon2Cost{.memory_kib = 7}, Argon2Cost{.memory_kib = 262'145}, Argon2Cost{.passes = 0},
        Argon2Cost{.passes = 65}, Argon2Cost{.lanes = 0}, Argon2Cost{.lanes = 17},
        Argon2Cost{.memory_kib = 15, .lanes = 2}})
    EXPECT_EQ(hash_password("p", as_bytes("somesalt"), cost).error().code, Code::invalid);
}

struct Broken {
  std::string_view phc;
  Code code;
};

TEST(Password, RefusesBrokenHashesBeforeItComputes) {
  constexpr Broken kBroken[] = {
      {"", Code::corrupt},
      {"password", Code::corrupt},
      {"argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::unsupported},
      {"$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::unsupported},
      {"$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::unsupported},
      {"$2b$12$abcdefghijklmnopqrstuv", Code::unsupported},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA$", Code::corrupt},
      {"$argon2id$v=19$t=1,m=64,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbA$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHQ", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ=$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHR$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
      {"$argon2id$v=19$m=64,t=1,p=1$c29t ZXNhbHQ$c29tZXNhbHRzb21lc2FsdA", Code::corrupt},
  };
  for (const Broken& broken : kBroken) {
    const auto verdict = verify_password(broken.phc, "password");
    ASSERT_FALSE(verdict) << broken.phc;
    EXPECT_EQ(verdict.error().code, broken.code) << broken.phc;
    EXPECT_FALSE(verdict.error().text.contains("c29t")) << "nothing of the hash is shown";
    EXPECT_TRUE(needs_rehash(broken.phc));
  }
}

}  // namespace
}  // namespace lineside::crypt

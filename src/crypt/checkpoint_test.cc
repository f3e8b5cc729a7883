#include "crypt/checkpoint.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypt/base64.h"
#include "crypt/merkle.h"

namespace lineside::crypt {
namespace {

// The keys and the note of golang.org/x/mod/sumdb/note, note_test.go.
constexpr std::string_view kPeterSeed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view kPeter =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kEnoch =
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kPeterLine =
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n";
const std::string kEnochLine =
    "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWL"
    "ox33WWd1RvMc+QQ=\n";

SigningKey peter() {
  const Bytes seed = from_base64(kPeterSeed).value();
  return SigningKey::from_seed(ByteView(seed).subspan(1)).value();
}

NoteKey key_named(std::string_view name, const SigningKey& key) {
  return {.name = std::string(name), .key = key.verify_key()};
}

TEST(NoteKey, ReadsAndWritesThePublishedText) {
  for (const std::string_view text : {kPeter, kEnoch}) {
    const auto key = NoteKey::parse(text);
    ASSERT_TRUE(key) << key.error().text;
    EXPECT_EQ(key->to_text(), text);
  }
  EXPECT_EQ(NoteKey::parse(kPeter)->key, peter().verify_key());
  EXPECT_EQ(to_hex(NoteKey::parse(kPeter)->id()), "c74f20a3");
}

// Every piece of the text, and the text with every character moved by one.
TEST(NoteKey, RefusesEveryManglingOfThePublishedText) {
  for (std::size_t begin = 0; begin <= kPeter.size(); ++begin) {
    for (std::size_t size = 0; size <= kPeter.size() - begin; ++size) {
      EXPECT_EQ(NoteKey::parse(kPeter.substr(begin, size)).has_value(), size == kPeter.size());
    }
  }
  for (std::size_t i = 0; i < kPeter.size(); ++i) {
    std::string text(kPeter);
    ++text[i];
    EXPECT_FALSE(NoteKey::parse(text)) << text;
  }
  EXPECT_FALSE(
      NoteKey::parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="));
  EXPECT_EQ(NoteKey::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
                .error()
                .code,
            Code::unsupported);
}

TEST(NoteKey, HasANameWithoutBlanksAndPlus) {
  for (const std::string_view name : {"a", "hub.example.com/audit", "gr\u00fcn"})
    EXPECT_TRUE(is_key_name(name)) << name;
  for (const std::string_view name :
       {"", "a b", "a+b", "a\nb", "a\tb", "a\u00a0b", "a\u2003b", "\u3000", "a\x7f", "\xff"})
    EXPECT_FALSE(is_key_name(name)) << name;
}

TEST(Note, IsSignedAsPublished) {
  Note note{.text = kText};
  ASSERT_TRUE(sign_note(note, "PeterNeumann", peter()));
  EXPECT_EQ(format_note(note), kText + "\n" + kPeterLine);
}

TEST(Note, IsVerifiedAgainstOneOfItsKeys) {
  const std::string text = kText + "\n" + kPeterLine + kEnochLine;
  const auto note = parse_note(text);
  ASSERT_TRUE(note) << note.error().text;
  EXPECT_EQ(note->text, kText);
  EXPECT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(format_note(*note), text);
  EXPECT_TRUE(verify_note(*note, NoteKey::parse(kPeter).value()));
  EXPECT_TRUE(verify_note(*note, NoteKey::parse(kEnoch).value()));
}

TEST(Note, IsDeniedWithoutTheSignatureOfTheKey) {
  const NoteKey enoch = NoteKey::parse(kEnoch).value();
  const auto other = verify_note(parse_note(kText + "\n" + kPeterLine).value(), enoch);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::denied);
  EXPECT_EQ(other.error().text,
            "note: expected a signature by EnochRoot with key af0cfe78, found none");
  NoteKey renamed = enoch;
  renamed.name = "Enoch";
  EXPECT_FALSE(verify_note(parse_note(kText + "\n" + kEnochLine).value(), renamed));
}

TEST(Note, IsDeniedWhenAnythingOfItChanged) {
  const NoteKey key = NoteKey::parse(kPeter).value();
  const Note good = parse_note(kText + "\n" + kPeterLine).value();
  Note note = good;
  note.text[0] = 'i';
  EXPECT_EQ(verify_note(note, key).error().code, Code::denied);
  note = good;
  note.text += "one line more\n";
  EXPECT_EQ(verify_note(note, key).error().code, Code::denied);
  note = good;
  note.signatures[0].sig[5] ^= std::byte{1};
  EXPECT_EQ(verify_note(note, key).error().code, Code::denied);
  note.signatures.push_back(good.signatures[0]);
  EXPECT_EQ(verify_note(note, key).error().code, Code::denied)
      << "one bad signature of the key is enough";
}

// The last empty line parts text and signatures.
TEST(Note, MayHaveEmptyLinesInItsText) {
  Note note{.text = "a\n\n\u2014 no signature AAAAAAAA\n\nb\n"};
  ASSERT_TRUE(sign_note(note, "n", peter()));
  EXPECT_EQ(parse_note(format_note(note)).value(), note);
}

TEST(Note, RefusesOtherTexts) {
  const std::string line = kPeterLine;
  const std::string bad[] = {
      "",
      "\n",
      "\n\n",
      kText,
      kText + "\n",
      kText + line,
      kText + "\n" + line.substr(0, line.size() - 1),
      kText + "\n" + line + "more\n",
      kText + "\n" + line + "\n",
      "\x01" + kText + "\n" + line,
      "\xff" + kText + "\n" + line,
      kText + "\r\n" + line,
      kText + "\n- PeterNeumann x08go/ZJ\n",
      kText + "\n\u2014 Bad Name x08go/ZJ\n",
      kText + "\n\u2014  x08go/ZJ\n",
      kText + "\n\u2014 name\n",
      kText + "\n\u2014 name x08gow==\n",
      kText + "\n\u2014 name x08g\n",
      kText + "\n\u2014 name x08go/ZJ extra\n",
      std::string(kNoteBytesMax, 'a') + "\n\n" + line,
  };
  for (const std::string& text : bad) {
    const auto note = parse_note(text);
    ASSERT_FALSE(note) << excerpt(text);
    EXPECT_EQ(note.error().code, Code::invalid);
  }
}

TEST(Note, HasAtMostAHundredSignatures) {
  std::string text = kText + "\n";
  for (std::size_t i = 0; i < kNoteSignaturesMax; ++i) text += kPeterLine;
  EXPECT_TRUE(parse_note(text));
  EXPECT_EQ(parse_note(text + kPeterLine).error().text,
            "note: expected at most 100 signatures, found more");
}

TEST(Note, SignsOnlyWhatItCanHold) {
  for (const std::string_view text : {"", "no line feed", "tab\t\n", "\xff\n"}) {
    Note note{.text = std::string(text)};
    EXPECT_EQ(sign_note(note, "n", peter()).error().code, Code::invalid) << text;
    EXPECT_TRUE(note.signatures.empty());
  }
  Note note{.text = kText};
  EXPECT_EQ(sign_note(note, "a b", peter()).error().code, Code::invalid);
}

// The example of c2sp.org/tlog-checkpoint.
TEST(Checkpoint, ReadsAndWritesThePublishedText) {
  constexpr std::string_view kBody =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  constexpr std::string_view kLine =
      "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
      "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  const auto note = parse_note(std::string(kBody) + "\n" + std::string(kLine));
  ASSERT_TRUE(note) << note.error().text;
  const auto checkpoint = parse_checkpoint(note->text);
  ASSERT_TRUE(checkpoint) << checkpoint.error().text;
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, 20852163U);
  EXPECT_EQ(to_base64(checkpoint->root), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(format_checkpoint(*checkpoint), kBody);
}

TEST(Checkpoint, KeepsTheExtensionsOfOthers) {
  const std::string text =
      "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension 1\n\u2014 x y\n";
  const Checkpoint checkpoint = parse_checkpoint(text).value();
  EXPECT_EQ(checkpoint.extensions, (std::vector<std::string>{"extension 1", "\u2014 x y"}));
  EXPECT_EQ(checkpoint.root, empty_root());
  EXPECT_EQ(format_checkpoint(checkpoint), text);
}

TEST(Checkpoint, RefusesOtherTexts) {
  const std::string root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  const std::string bad[] = {
      "",
      "o\n",
      "o\n1\n",
      "o\n1\n" + root,
      "\n1\n" + root + "\n",
      "o\n01\n" + root + "\n",
      "o\n+1\n" + root + "\n",
      "o\n-1\n" + root + "\n",
      "o\n 1\n" + root + "\n",
      "o\n1 \n" + root + "\n",
      "o\n\n" + root + "\n",
      "o\n0x1\n" + root + "\n",
      "o\n18446744073709551616\n" + root + "\n",
      "o\n1\n47DEQpj8\n",
      "o\n1\n" + root.substr(1) + "\n",
      "o\n1\n" + root + "\n\n",
      "o\n1\n" + root + "\nextension",
      "o\n1\n" + root + "\nextension\n\n",
  };
  for (const std::string& text : bad) {
    const auto checkpoint = parse_checkpoint(text);
    ASSERT_FALSE(checkpoint) << excerpt(text);
    EXPECT_EQ(checkpoint.error().code, Code::invalid);
  }
  EXPECT_TRUE(parse_checkpoint("o\n18446744073709551615\n" + root + "\n"));
}

class Log : public testing::Test {
 protected:
  Log() {
    for (int i = 0; i < 5; ++i) leaves.push_back(leaf_hash(Bytes(1, static_cast<std::byte>(i))));
    checkpoint.root = merkle_root(leaves);
    proof.checkpoint = sign_checkpoint(checkpoint, signer).value();
    // Leaf 3 of 5: its sibling, the pair before, the single leaf behind.
    proof.path = {leaves[2], node_hash(leaves[0], leaves[1]), leaves[4]};
  }

  const SigningKey signer = SigningKey::generate();
  const NoteKey key = key_named("hub.example.com/audit", signer);
  std::vector<Digest> leaves;
  Checkpoint checkpoint{.origin = key.name, .size = 5};
  LogProof proof{.index = 3};
};

TEST_F(Log, OpensTheCheckpointThatItSigned) {
  EXPECT_EQ(open_checkpoint(proof.checkpoint, key).value(), checkpoint);
  EXPECT_EQ(open_checkpoint(proof.checkpoint, key_named(key.name, peter())).error().code,
            Code::denied);
}

TEST_F(Log, DeniesACheckpointOfAnotherOrigin) {
  Note note{.text = format_checkpoint({.origin = "other", .size = 5})};
  ASSERT_TRUE(sign_note(note, key.name, signer));
  const auto opened = open_checkpoint(format_note(note), key);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text,
            "checkpoint: expected one of log hub.example.com/audit, found other");
}

TEST_F(Log, SignsNoCheckpointThatReadsAsAnother) {
  Checkpoint bad = checkpoint;
  bad.origin = "o\n9";
  EXPECT_EQ(sign_checkpoint(bad, signer).error().code, Code::invalid);
  bad.origin = "with blank";
  EXPECT_EQ(sign_checkpoint(bad, signer).error().code, Code::invalid);
  bad = checkpoint;
  bad.extensions = {""};
  EXPECT_EQ(sign_checkpoint(bad, signer).error().code, Code::invalid);
}

TEST_F(Log, WritesAndReadsProofs) {
  const std::string text = format_log_proof(proof);
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nindex 3\n" + to_base64(leaves[2]) + "\n"));
  EXPECT_TRUE(text.ends_with(to_base64(leaves[4]) + "\n\n" + proof.checkpoint));
  EXPECT_EQ(parse_log_proof(text).value(), proof);
  proof.extra = Bytes(3, std::byte{1});
  EXPECT_TRUE(format_log_proof(proof).contains("@v1\nextra AQEB\nindex 3\n"));
  EXPECT_EQ(parse_log_proof(format_log_proof(proof)).value(), proof);
  const LogProof single{.index = 0, .checkpoint = proof.checkpoint};
  EXPECT_EQ(parse_log_proof(format_log_proof(single)).value(), single);
}

TEST_F(Log, VerifiesProofsOffline) {
  EXPECT_EQ(verify_log_proof(proof, leaves[3], key).value(), checkpoint);
  EXPECT_EQ(verify_log_proof(proof, leaves[2], key).error().code, Code::corrupt);
  EXPECT_EQ(verify_log_proof(proof, leaves[3], key_named(key.name, peter())).error().code,
            Code::denied);
  LogProof bad = proof;
  bad.index = 2;
  EXPECT_EQ(verify_log_proof(bad, leaves[3], key).error().code, Code::corrupt);
  bad.index = 5;
  EXPECT_EQ(verify_log_proof(bad, leaves[3], key).error().code, Code::invalid);
  bad = proof;
  bad.path.pop_back();
  EXPECT_EQ(verify_log_proof(bad, leaves[3], key).error().code, Code::corrupt);
}

TEST_F(Log, RefusesOtherTextsAsProofs) {
  const std::string hash = to_base64(leaves[2]);
  const std::string bad[] = {
      "",
      "c2sp.org/tlog-proof@v1",
      "c2sp.org/tlog-proof@v1\n",
      "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
      "c2sp.org/tlog-proof@v1\nindex 0\n",
      "c2sp.org/tlog-proof@v1\nindex 0\n\n",
      "c2sp.org/tlog-proof@v1\nindex 0\n" + hash,
      "c2sp.org/tlog-proof@v1\nindex 0\n" + hash + "\n",
      "c2sp.org/tlog-proof@v1\nindex 0\n" + hash.substr(4) + "\n\nx",
      "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
      "c2sp.org/tlog-proof@v1\nindex\n\nx",
      "c2sp.org/tlog-proof@v1\nindex -1\n\nx",
      "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nx",
      "c2sp.org/tlog-proof@v1\nextra AQ\nindex 0\n\nx",
      "c2sp.org/tlog-proof@v1\nextra AQEB\nextra AQEB\nindex 0\n\nx",
      "c2sp.org/tlog-proof@v1\nindex 0\nextra AQEB\n\nx",
  };
  for (const std::string& text : bad) {
    const auto parsed = parse_log_proof(text);
    ASSERT_FALSE(parsed) << excerpt(text);
    EXPECT_EQ(parsed.error().code, Code::invalid);
  }
  proof.path.resize(65);
  EXPECT_EQ(parse_log_proof(format_log_proof(proof)).error().text,
            "log proof: expected at most 64 hashes, found more");
}

}  // namespace
}  // namespace lineside::crypt

#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/assert.h"

namespace spectrum {
namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

/// OpenSSL looks an algorithm up under locks, so it is looked up once, and each thread keeps a context.
const EVP_MD* algorithm() {
  static const EVP_MD* const found = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

struct Context {
  EVP_MD_CTX* context = ::EVP_MD_CTX_new();
  ~Context() { ::EVP_MD_CTX_free(context); }
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const Context kept;
  Sha256 digest;
  const bool done = ::EVP_DigestInit_ex2(kept.context, algorithm(), nullptr) == 1 &&
                    ::EVP_DigestUpdate(kept.context, bytes.data(), bytes.size()) == 1 &&
                    ::EVP_DigestFinal_ex(kept.context, digest.data(), nullptr) == 1;
  SPECTRUM_ASSERT(done, "OpenSSL has no SHA-256");
  return digest;
}

Id128 sha256_128(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  Id128 id;
  for (std::size_t i = 0; i < 8; ++i) id.high = id.high << 8 | digest[i];
  for (std::size_t i = 8; i < 16; ++i) id.low = id.low << 8 | digest[i];
  return id;
}

std::string to_hex(const Sha256& digest) { return hex(digest.data(), digest.size()); }

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  const int done = ::RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes));
  SPECTRUM_ASSERT(done == 1, "the system has no random numbers");
  return hex(reinterpret_cast<const unsigned char*>(random.data()), random.size());
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace spectrum

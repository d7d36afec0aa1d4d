#include "cli/io/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "cli/io/limits.h"

namespace adamsde {
namespace {

class Inflater {
 public:
  Inflater(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// Appends what follows, until the content ends (true) or `most` bytes are there (false).
  bool operator()(std::string& content, std::size_t most) {
    std::vector<char> chunk(1 << 16);
    while (content.size() < most) {
      Feed();
      const std::size_t room = std::min(chunk.size(), most - content.size());
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&stream_, Z_NO_FLUSH);
      content.append(chunk.data(), room - stream_.avail_out);
      if (status == Z_STREAM_END) {
        if (AtEnd()) return true;
        if (!IsGzip(Rest())) Refuse("other bytes follow its end");
        inflateReset(&stream_);
      } else if (status == Z_BUF_ERROR && AtEnd()) {
        Refuse("it is cut short");
      } else if (status == Z_MEM_ERROR) {
        throw std::bad_alloc();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        Refuse(stream_.msg != nullptr ? stream_.msg : "it is damaged");
      }
    }
    return false;
  }

 private:
  [[noreturn]] void Refuse(const char* why) const {
    throw std::invalid_argument(fmt::format("cannot read '{}' as gzip ({})", name_, why));
  }
  [[nodiscard]] std::string_view Rest() const { return bytes_.substr(fed_ - stream_.avail_in); }
  [[nodiscard]] bool AtEnd() const { return Rest().empty(); }
  /// zlib counts its input in 32 bits.
  void Feed() {
    if (stream_.avail_in > 0) return;
    const std::size_t next =
        std::min<std::size_t>(bytes_.size() - fed_, std::numeric_limits<uInt>::max() / 2);
    stream_.next_in =
        const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes_.data() + fed_));  // zlib reads it
    stream_.avail_in = static_cast<uInt>(next);
    fed_ += next;
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t fed_ = 0;
  z_stream stream_{};
};

}  // namespace

bool IsGzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::string Gunzip(std::string_view bytes, const std::string& name, std::size_t most) {
  Inflater inflate_into(bytes, name);
  std::string content;
  most = std::min(most, LargestUnpacked(bytes.size()));
  // One byte more than allowed, so that content of exactly `most` bytes is seen to end.
  if (!inflate_into(content, most + 1) || content.size() > most) {
    throw std::invalid_argument(
        fmt::format("cannot read '{}' (it unpacks to more than the {} bytes allowed)", name, most));
  }
  return content;
}

std::string GunzipPrefix(std::string_view bytes, const std::string& name, std::size_t count) {
  Inflater inflate_into(bytes, name);
  std::string content;
  static_cast<void>(inflate_into(content, count));
  return content;
}

}  // namespace adamsde

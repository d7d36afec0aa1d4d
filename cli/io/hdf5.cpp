#include "cli/io/hdf5.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace adamsde {
namespace {

/// An HDF5 identifier that closes itself.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle(hid_t id, Close close, const std::string& what) : id_(id), close_(close) {
    if (id < 0) throw std::runtime_error(what);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): it is one

 private:
  hid_t id_;
  Close close_;
};

void Check(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

/// The library prints its stack of errors unless told not to.
void BeQuiet() {
  static std::once_flag once;
  std::call_once(once, [] { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); });
}

/// Access to a file that is memory only.
Handle InMemory() {
  constexpr std::size_t kIncrement = std::size_t{1} << 20;
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file access");
  Check(H5Pset_fapl_core(access, kIncrement, false) >= 0, "memory driver");
  return access;
}

using Shape = std::vector<hsize_t>;

Handle Space(const Shape& shape) {
  return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose,
          "dataspace"};
}

/// Whole rows in chunks of a megabyte or so.
Shape ChunkOf(const Shape& shape) {
  constexpr hsize_t kNumbers = hsize_t{1} << 17;
  Shape chunk = shape;
  const hsize_t row = shape.size() == 2 ? shape[1] : 1;
  if (row > kNumbers) chunk.back() = kNumbers;
  chunk.front() = std::clamp<hsize_t>(kNumbers / row, 1, shape.front());
  return chunk;
}

void WriteArray(hid_t file, const std::string& name, const Shape& shape, hid_t file_type,
                hid_t memory_type, const void* values) {
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "link properties");
  H5Pset_create_intermediate_group(links, 1);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "dataset properties");
  H5Pset_obj_track_times(properties, false);
  const bool empty = std::find(shape.begin(), shape.end(), hsize_t{0}) != shape.end();
  if (!empty) {
    const Shape chunk = ChunkOf(shape);
    Check(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()) >= 0 &&
              H5Pset_fletcher32(properties) >= 0,
          "chunks");
  }
  const Handle dataset(
      H5Dcreate2(file, name.c_str(), file_type, Space(shape), links, properties, H5P_DEFAULT),
      H5Dclose, "creating " + name);
  if (!empty) {
    Check(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
          "writing " + name);
  }
}

void WriteText(hid_t file, const std::string& name, const std::string& text) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "text type");
  H5Tset_size(type, std::max<std::size_t>(1, text.size()));
  H5Tset_cset(type, H5T_CSET_UTF8);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  const Handle scalar(H5Screate(H5S_SCALAR), H5Sclose, "scalar");
  const Handle attribute(H5Acreate2(file, name.c_str(), type, scalar, H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose, "creating " + name);
  Check(H5Awrite(attribute, type, text.c_str()) >= 0, "writing " + name);
}

std::string Image(hid_t file) {
  Check(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0, "flush");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  Check(size > 0, "size");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  Check(H5Fget_file_image(file, bytes.data(), bytes.size()) == size, "copy");
  return bytes;
}

Shape ShapeOf(hid_t space, const std::string& name, std::size_t file_size) {
  const int rank = H5Sget_simple_extent_ndims(space);
  Check(rank == 1 || rank == 2, fmt::format("'{}' has {} dimensions", name, rank));
  Shape shape(static_cast<std::size_t>(rank));
  Check(H5Sget_simple_extent_dims(space, shape.data(), nullptr) == rank, name);
  // What was not written would read as zeros, whatever size it claims.
  hsize_t most = file_size / sizeof(double);
  for (const hsize_t extent : shape) {
    Check(extent <= most, fmt::format("'{}' is larger than the file", name));
    most /= std::max<hsize_t>(1, extent);
  }
  return shape;
}

void ReadDataset(hid_t dataset, const std::string& name, std::size_t file_size,
                 Hdf5Content& content) {
  const Handle type(H5Dget_type(dataset), H5Tclose, name);
  const Handle space(H5Dget_space(dataset), H5Sclose, name);
  const Shape shape = ShapeOf(space, name, file_size);
  Check(H5Tget_size(type) == 8, fmt::format("'{}' is not of 64-bit numbers", name));
  const auto read = [&](hid_t memory_type, void* values) {
    Check(H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0,
          fmt::format("'{}' cannot be read", name));
  };
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_INTEGER && shape.size() == 1) {
    std::vector<std::int64_t>& values = content.arrays.integers[name];
    values.resize(shape[0]);
    if (!values.empty()) read(H5T_NATIVE_INT64, values.data());
  } else if (kind == H5T_FLOAT && shape.size() == 2) {
    Eigen::MatrixXd& values = content.arrays.matrices[name];
    values.resize(static_cast<Eigen::Index>(shape[1]), static_cast<Eigen::Index>(shape[0]));
    if (values.size() > 0) read(H5T_NATIVE_DOUBLE, values.data());
  } else {
    throw std::runtime_error(fmt::format("'{}' is of a kind that is not written here", name));
  }
}

struct Names {
  std::vector<std::string> datasets;
  std::vector<std::string> attributes;
};

Names NamesIn(hid_t file) {
  Names names;
  const auto keep_dataset = [](hid_t, const char* name, const H5O_info_t* info,
                               void* to) -> herr_t {
    if (info->type == H5O_TYPE_DATASET) static_cast<Names*>(to)->datasets.emplace_back(name);
    return info->type == H5O_TYPE_NAMED_DATATYPE ? -1 : 0;
  };
  const auto keep_attribute = [](hid_t, const char* name, const H5A_info_t*, void* to) -> herr_t {
    static_cast<Names*>(to)->attributes.emplace_back(name);
    return 0;
  };
  Check(H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, keep_dataset, &names, H5O_INFO_BASIC) >= 0,
        "its list of arrays cannot be read");
  Check(H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, keep_attribute, &names) >= 0,
        "its attributes cannot be read");
  return names;
}

std::string ReadText(hid_t file, const std::string& name) {
  constexpr std::size_t kLongest = std::size_t{1} << 20;
  const Handle attribute(H5Aopen(file, name.c_str(), H5P_DEFAULT), H5Aclose, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, name);
  const Handle space(H5Aget_space(attribute), H5Sclose, name);
  const std::size_t size = H5Tget_size(type);
  Check(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
            H5Sget_simple_extent_type(space) == H5S_SCALAR && size <= kLongest,
        fmt::format("attribute '{}' is not a text", name));
  std::string text(size, '\0');
  Check(H5Aread(attribute, type, text.data()) >= 0, fmt::format("'{}' cannot be read", name));
  return text.substr(0, text.find('\0'));
}

Hdf5Content Parse(const std::string& bytes) {
  const Handle access = InMemory();
  // The library copies the image.
  Check(H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size()) >= 0, "image");
  const Handle file(H5Fopen("memory", H5F_ACC_RDONLY, access), H5Fclose, "it is not HDF5");
  Hdf5Content content;
  const Names names = NamesIn(file);
  for (const std::string& name : names.datasets) {
    const Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose, name);
    ReadDataset(dataset, name, bytes.size(), content);
  }
  for (const std::string& name : names.attributes) content.texts[name] = ReadText(file, name);
  return content;
}

}  // namespace

std::string ToHdf5(const Hdf5Content& content) {
  BeQuiet();
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "file creation");
  H5Pset_obj_track_times(creation, false);
  const Handle file(H5Fcreate("memory", H5F_ACC_TRUNC, creation, InMemory()), H5Fclose, "file");
  for (const auto& [name, text] : content.texts) WriteText(file, name, text);
  for (const auto& [name, values] : content.arrays.integers) {
    WriteArray(file, name, {values.size()}, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data());
  }
  for (const auto& [name, values] : content.arrays.matrices) {
    WriteArray(file, name,
               {static_cast<hsize_t>(values.cols()), static_cast<hsize_t>(values.rows())},
               H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data());
  }
  return Image(file);
}

Hdf5Content ParseHdf5(const std::string& bytes) {
  BeQuiet();
  try {
    return Parse(bytes);
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(error.what());
  }
}

}  // namespace adamsde

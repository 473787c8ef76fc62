//! The protobuf messages of a TensorFlow checkpoint's index: `tensor_bundle.proto`, `tensor_shape.proto`.

/// The value of the empty key.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct BundleHeader {
    /// Number of `.data` files.
    #[prost(int32, tag = "1")]
    pub num_shards: i32,
    /// 0 little-endian, 1 big-endian.
    #[prost(int32, tag = "2")]
    pub endianness: i32,
}

/// The value of every other key: the location of a tensor.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct BundleEntry {
    /// Number format, a `DataType` of `types.proto`.
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShape>,
    /// Number of the `.data` file.
    #[prost(int32, tag = "3")]
    pub shard_id: i32,
    /// First byte in that file.
    #[prost(int64, tag = "4")]
    pub offset: i64,
    /// Number of bytes.
    #[prost(int64, tag = "5")]
    pub size: i64,
    /// Masked CRC-32C of these bytes.
    #[prost(fixed32, tag = "6")]
    pub crc32c: u32,
    /// Present if the tensor is stored in slices under other names.
    #[prost(message, repeated, tag = "7")]
    pub slices: Vec<TensorSlice>,
}

/// A tensor's shape.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dimension>,
    #[prost(bool, tag = "3")]
    pub unknown_rank: bool,
}

/// One extent of a shape.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Dimension {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

/// A slice of a tensor; only its presence matters.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TensorSlice {}

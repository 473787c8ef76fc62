//! The messages inside a TensorFlow checkpoint's index, as `tensor_bundle.proto` and `tensor_shape.proto` number them.

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

/// The value of every other key: where a tensor lies.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct BundleEntry {
    /// Number format, of the enumeration in `types.proto`.
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShape>,
    /// Which `.data` file.
    #[prost(int32, tag = "3")]
    pub shard_id: i32,
    /// First byte in it.
    #[prost(int64, tag = "4")]
    pub offset: i64,
    /// Bytes in it.
    #[prost(int64, tag = "5")]
    pub size: i64,
    /// Masked CRC-32C of these bytes.
    #[prost(fixed32, tag = "6")]
    pub crc32c: u32,
    /// Present if the tensor is cut into parts that are stored under names of their own.
    #[prost(message, repeated, tag = "7")]
    pub slices: Vec<Slice>,
}

/// A tensor's extents.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dimension>,
    #[prost(bool, tag = "3")]
    pub unknown_rank: bool,
}

/// One extent.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Dimension {
    #[prost(int64, tag = "1")]
    pub size: i64,
}

/// A part of a tensor; only that there is one matters.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Slice {}

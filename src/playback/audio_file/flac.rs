//! Writes a FLAC file block by block, so that its samples are never all in memory.

use std::io::{self, Seek, SeekFrom, Write};

use flacenc::{
    bitsink::ByteSink,
    component::{BitRepr as _, Stream, StreamInfo},
    config,
    error::{Verified, Verify as _},
    source::{Context, Fill as _, FrameBuf},
};

/// Samples of each channel in a block; the last block may have fewer.
const BLOCK_SAMPLES: usize = 4_096;

/// Writes interleaved samples as blocks, and the header again at the end.
pub(super) struct FlacWriter<W> {
    out: W,
    config: Verified<config::Encoder>,
    info: StreamInfo,
    /// Counts samples and blocks, and computes the checksum of the header.
    context: Context,
    block: FrameBuf,
    /// Interleaved samples of the next block.
    pending: Vec<i32>,
    channels: usize,
    block_count: usize,
}

impl<W: Write + Seek> FlacWriter<W> {
    /// A writer at the start of a file. `sample_rate` is in Hz.
    ///
    /// # Errors
    /// If the encoder does not take these parameters or the header cannot be written.
    pub fn new(mut out: W, sample_rate: u32, channels: usize, bits: u16) -> io::Result<Self> {
        let bits = usize::from(bits);
        let config = config::Encoder::default()
            .into_verified()
            .map_err(|(_, error)| io_error(&error))?;
        let info =
            StreamInfo::new(sample_rate as usize, channels, bits).map_err(|e| io_error(&e))?;
        out.write_all(&header(&info)?)?;
        Ok(Self {
            out,
            config,
            info,
            context: Context::new(bits, channels),
            block: FrameBuf::with_size(channels, BLOCK_SAMPLES).map_err(|e| io_error(&e))?,
            pending: Vec::with_capacity(BLOCK_SAMPLES * channels),
            channels,
            block_count: 0,
        })
    }

    /// Writes the next sample.
    ///
    /// # Errors
    /// If a block cannot be encoded or written.
    pub fn write_sample(&mut self, sample: i32) -> io::Result<()> {
        self.pending.push(sample);
        if self.pending.len() == BLOCK_SAMPLES * self.channels {
            self.write_block()?;
        }
        Ok(())
    }

    /// Writes the pending samples, and the header again with length and checksum.
    ///
    /// # Errors
    /// If a block cannot be encoded or written.
    pub fn finalize(mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.write_block()?;
        }
        // The block sizes in the header leave out the last block (RFC 9639, section 8.2).
        self.info
            .set_block_sizes(BLOCK_SAMPLES, BLOCK_SAMPLES)
            .map_err(|e| io_error(&e))?;
        self.info.set_md5_digest(&self.context.md5_digest());
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header(&self.info)?)?;
        self.out.flush()
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.context
            .fill_interleaved(&self.pending)
            .map_err(|e| io_error(&e))?;
        self.block
            .fill_interleaved(&self.pending)
            .map_err(|e| io_error(&e))?;
        self.pending.clear();
        let frame = flacenc::encode_fixed_size_frame(
            &self.config,
            &self.block,
            self.block_count,
            &self.info,
        )
        .map_err(|e| io_error(&e))?;
        self.block_count += 1;
        self.info.update_frame_info(&frame);
        let mut bytes = ByteSink::new();
        frame.write(&mut bytes).map_err(|e| io_error(&e))?;
        self.out.write_all(bytes.as_slice())
    }
}

/// The signature of a FLAC file and its first metadata block.
fn header(info: &StreamInfo) -> io::Result<Vec<u8>> {
    let mut bytes = ByteSink::new();
    Stream::with_stream_info(info.clone())
        .write(&mut bytes)
        .map_err(|e| io_error(&e))?;
    Ok(bytes.into_inner())
}

fn io_error(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
